// How numbers and times are written.

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const shortClock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayOnly = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

export const unitNames = {
  perMinute: 'a minute',
  milliseconds: 'milliseconds',
  percent: 'per cent',
  bytes: 'bytes',
  count: '',
};

function digits(value) {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return 0;
  if (size >= 10) return 1;
  return size >= 1 ? 2 : 3;
}

export function number(value, fraction = digits(value)) {
  return value.toLocaleString(undefined, { maximumFractionDigits: fraction });
}

// quantity writes a value with its unit, as short as a legend needs it.
export function quantity(value, unit) {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'milliseconds': return value >= 1000 ? `${number(value / 1000)} s` : `${number(value)} ms`;
    case 'percent': return `${number(value)} %`;
    case 'bytes': return bytes(value);
    case 'perMinute': return `${number(value)}/min`;
    default: return number(value);
  }
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let power = 0;
  for (; value >= 1024 && power < units.length - 1; power++) value /= 1024;
  return `${number(value)} ${units[power]}`;
}

export const date = (value) => dateTime.format(new Date(value));

// moment writes a time as exactly as points that are step seconds apart need.
export function moment(seconds, step) {
  const at = new Date(seconds * 1000);
  if (step < 60) return clock.format(at);
  return step <= 300 ? shortClock.format(at) : dayAndClock.format(at);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// logTime writes a time of the access log (07/Jan/2030:08:00:00 +0000) as it is
// here, with the day if that is not today.
export function logTime(text) {
  const parts = text.match(/^(\d+)\/(\w{3})\/(\d+):(\d+):(\d+):(\d+) /);
  if (!parts) return text;
  const [, day, month, year, ...time] = parts;
  const at = new Date(Date.UTC(year, months.indexOf(month), day, ...time));
  const today = at.toDateString() === new Date().toDateString();
  return today ? clock.format(at) : `${dayOnly.format(at)} ${clock.format(at)}`;
}

// tick writes a time below an axis that shows span seconds.
export function tick(seconds, span) {
  const at = new Date(seconds * 1000);
  if (span <= 86400) return shortClock.format(at);
  return dayOnly.format(at);
}

// duration writes how long something takes or lasts, in its two largest units.
export function duration(seconds) {
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const at = parts.findIndex(([size]) => seconds >= size);
  if (at < 0) return '0 s';
  return parts.slice(at, at + 2)
    .map(([size, name], i) => [Math.floor(i === 0 ? seconds / size : (seconds % parts[at][0]) / size), name])
    .filter(([n]) => n > 0)
    .map(([n, name]) => `${n} ${name}`)
    .join(' ');
}

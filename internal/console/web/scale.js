// Axes: where the ticks of a chart stand.

const timeSteps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800];

// niceStep returns 1, 2, 2.5 or 5 times a power of ten, at least as large as
// the given step.
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].map((n) => n * power).find((step) => step >= least * 0.999);
}

// valueTicks returns the ticks from 0 up to at least the highest value, about
// four of them.
export function valueTicks(highest, unit) {
  let scale = 1;
  if (unit === 'bytes') while (highest / scale >= 512) scale *= 1024; // so that all ticks have one unit
  const top = Math.max(highest / scale, ['milliseconds', 'bytes'].includes(unit) ? 0.1 : 1);
  let step = niceStep(top / 3);
  if (unit === 'count') step = Math.max(1, Math.ceil(step));
  const ticks = [];
  for (let n = 0; n < Math.ceil(top / step - 1e-9) + 1; n++) ticks.push(n * step * scale);
  return ticks;
}

// timeTicks returns the round local times between two moments, in seconds since
// 1970: at most so many.
export function timeTicks(first, last, most) {
  const step = timeSteps.find((candidate) => (last - first) / candidate <= most) ?? timeSteps.at(-1);
  const offset = new Date(last * 1000).getTimezoneOffset() * 60;
  const ticks = [];
  for (let at = Math.ceil((first - offset) / step) * step + offset; at <= last; at += step) ticks.push(at);
  return ticks;
}

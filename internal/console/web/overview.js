// The dashboard: tiles, alarms and charts.

import { call, query } from './api.js';
import { Chart, Cursor } from './chart.js';
import { announce, byId, h, setText } from './dom.js';
import { date, duration, number, quantity } from './format.js';
import { poll } from './poll.js';

const ranges = [
  ['15m', '15 min'], ['1h', '1 h'], ['6h', '6 h'], ['24h', '24 h'], ['7d', '7 d'], ['30d', '30 d'],
];
const rangeKey = 'spacefinder-console-range';
const badges = { OK: 'badge-ok', ALARM: 'badge-error', INSUFFICIENT_DATA: 'badge-warn' };

const charts = new Map();
const alarms = new Map();
const cursor = new Cursor();
let range = sessionStorage.getItem(rangeKey) ?? '15m';
let polling = null;
let lastState = null;

export function start(report) {
  drawRanges();
  polling = poll(() => (['15m', '1h'].includes(range) ? 10 : 30), () => report(refresh));
}

export function stop() {
  polling?.stop();
}

function drawRanges() {
  if (byId('range').querySelector('input')) return;
  byId('range').append(...ranges.map(([name, label]) => h('label', { class: 'segment' },
    h('input', {
      type: 'radio', name: 'range', id: `range-${name}`, value: name, checked: name === range,
      onchange: () => {
        range = name;
        sessionStorage.setItem(rangeKey, name);
        cursor.move(null);
        polling.now();
      },
    }), label)));
}

async function refresh() {
  const asked = range;
  const [metrics, watched, status] = await Promise.all([call('GET', `metrics${query({ range })}`), call('GET', 'alarms'), call('GET', 'status')]);
  showAlarms(watched);
  if (asked !== range) { // another one was chosen meanwhile
    setTimeout(() => polling.now());
    return;
  }
  for (const section of metrics.sections) showSection(section, metrics);
  showTiles(metrics, watched, status);
}

function showSection(section, { times, step }) {
  const id = `section-${section.title.toLowerCase().replaceAll(' ', '-')}`;
  if (!byId(id)) {
    byId('charts').append(h('section', { class: 'chart-section', 'aria-labelledby': id },
      h('h2', { id }, section.title),
      h('div', { class: 'chart-grid' }, section.charts.map((definition) => {
        const chart = new Chart(definition, cursor);
        charts.set(definition.id, chart);
        return chart.element;
      }))));
  }
  for (const definition of section.charts) charts.get(definition.id).update(definition, times, step);
}

// Tiles: the newest value of one line of a chart.
const tiles = [
  ['Requests', 'api-requests', 0], ['Failures', 'api-failures', 0], ['Latency p99', 'api-latency', 2],
  ['CPU', 'process-cpu', 0], ['Memory', 'process-memory', 0],
];

function showTiles({ sections }, watched, status) {
  const definitions = new Map(sections.flatMap((section) => section.charts).map((chart) => [chart.id, chart]));
  const on = watched.alarms.filter((alarm) => alarm.state === 'ALARM').length;
  tile('Alarms', on === 0 ? 'None' : `${on} on`, watched.state === 'ALARM' ? 'tile-bad' : '');
  for (const [label, id, line] of tiles) {
    const chart = definitions.get(id);
    tile(label, quantity(chart.lines[line].values[charts.get(id).latest], chart.unit));
  }
  tile('Running for', duration((Date.parse(status.now) - Date.parse(status.started)) / 1000));
  tile('Version', status.version);
}

function tile(label, value, mood = '') {
  const id = `tile-${label.toLowerCase().replaceAll(' ', '-')}`;
  if (!byId(id)) byId('tiles').append(h('div', { class: 'tile' }, h('dt', {}, label), h('dd', { id })));
  setText(byId(id), value);
  byId(id).className = mood;
}

function showAlarms(watched) {
  const words = { OK: 'All is well', ALARM: 'Something is wrong', INSUFFICIENT_DATA: 'Not enough data yet' };
  setText(byId('alarms-state'), words[watched.state]);
  byId('alarms-state').className = `badge ${badges[watched.state]}`;
  if (lastState !== null && lastState !== watched.state) announce(`Alarms: ${words[watched.state]}`);
  lastState = watched.state;
  for (const alarm of watched.alarms) showAlarm(alarm);
  if (byId('absent').childElementCount > 0) return;
  byId('absent').append(...watched.absent.map(({ name, reason, instead }) => h('tr', {},
    h('th', { scope: 'row', class: 'mono' }, name), h('td', {}, reason), h('td', { class: 'mono' }, instead || '–'))));
}

function showAlarm(alarm) {
  if (!alarms.has(alarm.name)) {
    const item = newAlarm(alarm);
    alarms.set(alarm.name, item);
    byId('alarms').append(item.element);
  }
  const item = alarms.get(alarm.name);
  setText(item.badge, alarm.state === 'INSUFFICIENT_DATA' ? 'NO DATA' : alarm.state);
  setText(item.state, alarm.state);
  item.badge.className = `badge ${badges[alarm.state]}`;
  setText(item.value, valueOf(alarm));
  setText(item.values, alarm.values.map((value) => withUnit(value, alarm.unit)).join(',  '));
  setText(item.since, date(alarm.since));
}

function newAlarm(alarm) {
  const item = { badge: h('span'), state: h('dd'), value: h('span', { class: 'alarm-value' }), values: h('dd'), since: h('dd') };
  const period = duration(alarm.period);
  item.element = h('li', { id: `alarm-${alarm.name}` }, h('details', {},
    h('summary', {}, item.badge, h('span', { class: 'alarm-name mono' }, alarm.name), item.value),
    h('div', { class: 'alarm-details' },
      h('p', {}, alarm.meaning),
      h('dl', { class: 'facts' },
        h('dt', {}, 'State'), item.state,
        h('dt', {}, 'On when'), h('dd', {}, `above ${withUnit(alarm.threshold, alarm.unit)} in ${alarm.datapoints} of the last ${alarm.periods} periods of ${period}`),
        h('dt', {}, 'Last periods'), item.values,
        h('dt', {}, 'Since'), item.since,
        h('dt', {}, 'Runbook'), h('dd', { class: 'mono' }, alarm.runbook)),
      alarm.name === 'api-latency' ? h('p', { class: 'muted small' }, 'With fewer than 1,000 requests in a period the state stays as it is.') : null,
      h('h3', {}, 'What to do'),
      h('ol', {}, alarm.steps.map((step) => h('li', {}, step))))));
  return item;
}

function valueOf(alarm) {
  return alarm.few ? 'too few requests' : `${withUnit(alarm.values[0] ?? null, alarm.unit)} · limit ${withUnit(alarm.threshold, alarm.unit)}`;
}

function withUnit(value, unit) {
  if (value === null) return '–';
  return unit === 'count' ? number(value) : `${number(value)} ${unit}`;
}

// The tail of the access log.

import { call, query } from './api.js';
import { byId, h, setText } from './dom.js';
import { bytes, logTime } from './format.js';
import { poll } from './poll.js';

const shown = 500; // rows at most

let polling = null;
let last = 0; // number of the newest line that is known
let searches = 0; // how often a search began anew
let paused = false;
let filterTimer = null;

export function start(report) {
  searches++;
  last = 0;
  polling = poll(() => 2, () => report(refresh));
}

export function stop() {
  polling?.stop();
}

export function prepare() {
  const filters = byId('traffic-filters');
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('input', () => {
    clearTimeout(filterTimer);
    filterTimer = setTimeout(search, 250);
  });
  byId('traffic-pause').addEventListener('click', () => {
    paused = !paused;
    byId('traffic-pause').setAttribute('aria-pressed', paused);
    setText(byId('traffic-pause'), paused ? 'Go on' : 'Pause');
    polling.now();
  });
}

// search begins anew with what the filters say.
function search() {
  searches++;
  last = 0;
  polling.now();
}

async function refresh() {
  if (paused && last > 0) return;
  const asked = Object.fromEntries(new FormData(byId('traffic-filters')));
  const after = last;
  const current = searches;
  const found = await call('GET', `requests${query({ ...asked, after: after || '' })}`);
  if (current !== searches) { // the filters changed meanwhile
    setTimeout(() => polling.now());
    return;
  }
  showRoutes(found.routes);
  showRows(found.entries, after === 0 || found.last < after);
  last = Math.max(found.last, 1);
  showSummary(found);
}

function showRows(entries, anew) {
  const rows = byId('traffic-rows');
  const fresh = entries.map(newRow);
  if (anew) rows.replaceChildren(...fresh.flat());
  else rows.prepend(...fresh.flat());
  while (rows.childElementCount > 2 * shown) rows.lastElementChild.remove();
}

function showSummary(found) {
  const rows = byId('traffic-rows').childElementCount / 2;
  const filtered = [...new FormData(byId('traffic-filters')).values()].some((value) => value !== '');
  setText(byId('traffic-summary'), `${rows} requests${filtered ? ' that match' : ''}, newest first, ${paused ? 'paused' : 'live'}. `
    + 'Kept in memory only: the whole log is where -access-log says.');
  byId('traffic-empty').hidden = rows > 0;
  const foreign = found.unparsed > 0 && found.unparsed === found.kept;
  setText(byId('traffic-empty'), foreign ? 'The access log has a format that is not understood here.'
    : filtered ? 'No request matches.' : 'No requests yet. They show here as they come.');
}

function showRoutes(routes) {
  const select = byId('filter-route');
  const known = new Set([...select.options].map((option) => option.value));
  select.append(...routes.filter((route) => !known.has(route)).map((route) => h('option', { value: route }, route === '-' ? 'no route' : route)));
}

function statusClass(status) {
  return { 2: 'badge-ok', 3: 'badge-info', 4: 'badge-warn', 5: 'badge-error' }[status[0]] ?? '';
}

// newRow returns the row of a request, and the one with its details below.
function newRow(entry) {
  const id = `request-${entry.number}`;
  const details = h('tr', { id, class: 'request-details', hidden: true }, h('td', { colspan: 6 }));
  const toggle = h('button', {
    type: 'button', class: 'button-secondary button-small', 'aria-expanded': 'false', 'aria-controls': id,
    'aria-label': `Details of ${entry.httpMethod} ${entry.resourcePath}, status ${entry.status}`,
    onclick: () => {
      details.hidden = !details.hidden;
      toggle.setAttribute('aria-expanded', !details.hidden);
      if (!details.hidden) details.firstElementChild.replaceChildren(detailsOf(entry));
    },
  }, 'Details');
  return [h('tr', {},
    h('td', { class: 'nowrap' }, logTime(entry.requestTime)),
    h('td', {}, h('span', { class: `badge ${statusClass(entry.status)}` }, entry.status)),
    h('td', { class: 'nowrap' }, h('span', { class: 'method' }, entry.httpMethod), ' ', h('span', { class: 'mono' }, entry.resourcePath)),
    h('td', { class: 'number' }, entry.responseLatency),
    callerOf(entry),
    h('td', { class: 'number' }, toggle)), details];
}

const names = new Map(); // addresses by ids of callers; null while one is asked for, or where there is none
const mostNames = 1000;
let asking = Promise.resolve(); // names are asked for one after the other

// callerOf returns the cell that says who made a request: the address of a user
// of the pool as soon as it is known, else the id that the token had, else where
// the request came from.
function callerOf({ principalId: id, ip }) {
  const cell = h('td', { class: 'caller', 'data-caller': id }, names.get(id) ?? (id === '-' ? ip : id));
  if (id !== '-' && !names.has(id) && names.size < mostNames) {
    names.set(id, null);
    asking = asking.then(() => askName(id));
  }
  return cell;
}

async function askName(id) {
  const user = await call('GET', `users/${encodeURIComponent(id)}`).catch(() => null); // of another issuer, or deleted
  if (!user) return;
  names.set(id, user.email);
  for (const cell of byId('traffic-rows').querySelectorAll(`[data-caller="${CSS.escape(id)}"]`)) setText(cell, user.email);
}

const facts = [
  ['Request id', 'requestId'], ['Trace id', 'xrayTraceId'], ['Time', 'requestTime'], ['Caller', 'principalId'], ['Address', 'ip'],
  ['Protocol', 'protocol'], ['Error type', 'responseType'],
];

function detailsOf(entry) {
  const named = facts.filter(([, name]) => entry[name] && entry[name] !== '-')
    .flatMap(([label, name]) => [h('dt', {}, label), h('dd', { class: 'mono' }, entry[name])]);
  return h('div', {}, h('dl', { class: 'facts' }, named,
    h('dt', {}, 'Answer'), h('dd', {}, bytes(Number(entry.responseLength) || 0)),
    h('dt', {}, 'Latency'), h('dd', {}, `${entry.responseLatency} ms, of which the service took ${entry.integrationLatency} ms`)),
  h('p', { class: 'row' },
    onlyThis('Only this caller', 'filter-caller', entry.principalId === '-' ? entry.ip : entry.principalId),
    onlyThis('Only this route', 'filter-route', entry.resourcePath)));
}

function onlyThis(label, filter, value) {
  return h('button', {
    type: 'button', class: 'button-secondary button-small',
    onclick: () => {
      byId(filter).value = value;
      search();
      byId(filter).focus();
    },
  }, label);
}

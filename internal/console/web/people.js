// Users and groups, with what `spacefinder user` does.

import { call, query } from './api.js';
import { user as self } from './auth.js';
import { close, closeButton, confirm, open } from './dialog.js';
import { announce, byId, h, setText } from './dom.js';
import { date } from './format.js';

let report = null; // runs a call and shows what goes wrong
let next = '';
let search = '';
let groups = [];

export function prepare() {
  byId('people-search').addEventListener('submit', (event) => {
    event.preventDefault();
    search = byId('people-email').value.trim();
    report(list);
  });
  byId('people-add').addEventListener('submit', (event) => {
    event.preventDefault();
    report(add);
  });
  byId('people-more').addEventListener('click', () => report(more));
}

export function start(reporter) {
  report = reporter;
  report(async () => {
    groups = (await call('GET', 'groups')).groups;
    await list();
  });
}

export function stop() {
  close();
}

async function list() {
  const page = await call('GET', `users${query({ email: search })}`);
  byId('people-rows').replaceChildren(...page.users.map(newRow));
  setText(byId('people-empty'), search === '' ? 'There are no users.' : `Nobody’s address begins with “${search}”.`);
  byId('people-empty').hidden = page.users.length > 0;
  showNext(page);
}

async function more() {
  const page = await call('GET', `users${query({ email: search, page: next })}`);
  byId('people-rows').append(...page.users.map(newRow));
  showNext(page);
}

function showNext(page) {
  next = page.next;
  byId('people-more').hidden = next === '';
}

function newRow(user) {
  return h('tr', { id: `user-${user.id}` },
    h('td', {}, h('span', { class: 'user-email' }, user.email), user.verified ? null : h('span', { class: 'badge badge-warn' }, 'not verified'),
      h('span', { class: 'muted small mono user-id' }, user.id)),
    h('td', {}, statusBadge(user)),
    h('td', {}, user.groups.map((group) => h('span', { class: 'badge badge-info' }, group))),
    h('td', { class: 'nowrap muted' }, date(user.created)),
    h('td', { class: 'number' }, h('button', {
      type: 'button', class: 'button-secondary button-small', 'aria-label': `Manage ${user.email}`, onclick: () => manage(user),
    }, 'Manage')));
}

function statusBadge(user) {
  if (!user.enabled) return h('span', { class: 'badge badge-error' }, 'disabled');
  const confirmed = user.status === 'CONFIRMED';
  return h('span', { class: `badge ${confirmed ? 'badge-ok' : 'badge-warn'}` }, user.status.toLowerCase().replaceAll('_', ' '));
}

// manage opens what can be done with a user.
function manage(user) {
  const own = user.id === self()?.id;
  open(user.email,
    h('dl', { class: 'facts' },
      h('dt', {}, 'Id'), h('dd', { class: 'mono' }, user.id),
      h('dt', {}, 'Address'), h('dd', {}, user.verified ? 'verified' : 'not verified: whoever has it here need not own it'),
      h('dt', {}, 'Status'), h('dd', {}, statusBadge(user)),
      h('dt', {}, 'Since'), h('dd', {}, date(user.created))),
    h('h3', {}, 'Groups'), groupsOf(user),
    h('h3', {}, 'Account'),
    h('p', { class: 'row' },
      action('Reset password', 'user-reset', () => askReset(user)),
      user.enabled ? action('Disable', 'user-disable', () => askDisable(user), own) : action('Enable', 'user-enable', () => change(user, 'POST', 'enable', 'can sign in again')),
      action('Delete', 'user-delete', () => askDelete(user), own, 'button-danger')),
    own ? h('p', { class: 'muted small' }, 'This is you: another administrator can disable or delete you.') : null,
    h('p', { class: 'row dialog-actions' }, closeButton()));
}

function action(label, id, onclick, disabled = false, kind = 'button-secondary') {
  return h('button', { type: 'button', class: `${kind} button-small`, id, disabled, onclick }, label);
}

function groupsOf(user) {
  const missing = groups.filter(({ name }) => !user.groups.includes(name));
  const select = h('select', { id: 'group-add', 'aria-label': 'Group' }, missing.map(({ name }) => h('option', {}, name)));
  return h('div', { class: 'stack-small' },
    user.groups.length === 0 ? h('p', { class: 'muted' }, 'In no group.') : h('ul', { class: 'plain' }, user.groups.map((name) => h('li', { class: 'row spread' },
      h('span', {}, name), action(`Remove from ${name}`, `group-remove-${name}`, () => askRevoke(user, name))))),
    missing.length === 0 ? null : h('p', { class: 'row nowrap' }, select, action('Add to group', 'group-add-button', () => askGrant(user, select.value))));
}

const path = (user, rest = '') => `users/${encodeURIComponent(user.id)}${rest}`;

// change does something, says so, and shows the list as it is now.
function change(user, method, rest, outcome) {
  return report(async () => {
    await call(method, path(user, rest === '' ? '' : `/${rest}`));
    close();
    announce(`${user.email} ${outcome}.`);
    await list();
  });
}

function askReset(user) {
  confirm({
    title: 'Reset the password?',
    text: `${user.email} gets a new password, which you will see once, and is signed out everywhere.`,
    yes: 'Reset password',
    back: () => manage(user),
    then: () => report(async () => {
      const { password } = await call('POST', path(user, '/reset-password'));
      showPassword(user.email, password);
      if (user.id !== self()?.id) await list(); // one's own session has ended, but the password must be seen
    }),
  });
}

function askDisable(user) {
  confirm({
    title: 'Disable this user?',
    text: `${user.email} is signed out and cannot sign in until enabled again. A token that was issued stays good for up to an hour.`,
    yes: 'Disable',
    back: () => manage(user),
    then: () => change(user, 'POST', 'disable', 'is disabled'),
  });
}

function askDelete(user) {
  confirm({
    title: 'Delete this user?',
    text: `${user.email} is deleted for good. The bookings stay. This cannot be undone.`,
    yes: 'Delete for good',
    back: () => manage(user),
    then: () => change(user, 'DELETE', '', 'is deleted'),
  });
}

function askRevoke(user, group) {
  confirm({
    title: `Remove from ${group}?`,
    text: `${user.email} is no longer in ${group}. A token that was issued says so for up to an hour.`,
    yes: 'Remove',
    back: () => manage(user),
    then: () => change(user, 'DELETE', `groups/${encodeURIComponent(group)}`, `is no longer in ${group}`),
  });
}

function askGrant(user, group) {
  const grant = () => change(user, 'PUT', `groups/${encodeURIComponent(group)}`, `is in ${group}`);
  if (user.verified) return grant();
  return confirm({
    title: 'The address is not verified',
    text: `Nobody has proven that ${user.email} is theirs: whoever has that address here need not own it. Add them to ${group} all the same?`,
    yes: 'Add all the same',
    back: () => manage(user),
    then: grant,
  });
}

async function add() {
  const field = byId('add-email');
  const email = field.value.trim();
  const { password } = await call('POST', 'users', { email });
  field.value = '';
  showPassword(email, password);
  await list();
}

// showPassword shows a password the only time that it is to be seen.
function showPassword(email, password) {
  const copied = h('span', { role: 'status', class: 'muted' });
  open('The new password',
    h('p', {}, `Give this password to ${email}. It is shown this once.`),
    h('p', {}, h('output', { class: 'password mono', id: 'new-password' }, password)),
    h('p', { class: 'row dialog-actions' },
      h('button', {
        type: 'button', id: 'copy-password', autofocus: true,
        onclick: () => navigator.clipboard.writeText(password)
          .then(() => setText(copied, 'Copied.'), () => setText(copied, 'Select it and copy it by hand.')),
      }, 'Copy'),
      closeButton('Done'), copied));
}

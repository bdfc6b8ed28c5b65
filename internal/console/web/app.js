// The operator's console: who may see it, and which part of it is shown.

import { call } from './api.js';
import * as auth from './auth.js';
import * as backup from './backup.js';
import { byId, h, setText } from './dom.js';
import * as overview from './overview.js';
import * as people from './people.js';
import * as traffic from './traffic.js';

const views = { overview, traffic, people, backup };
let current = null;

// report runs work and says what goes wrong. A server that is away is asked
// again by whoever polls; a session that has ended leads to the gate.
async function report(work) {
  try {
    await work();
    trouble(null);
  } catch (error) {
    if (error.status === 401) return sessionEnded();
    if (error.status === 403) return notAdministrator();
    const again = error.status === 0 ? ' What is shown may be old; trying again …' : '';
    trouble(`${error.message}${again}`);
    if (error.status === undefined) console.error(error);
  }
}

function trouble(text) {
  document.body.classList.toggle('stale', text !== null);
  byId('trouble').hidden = text === null;
  setText(byId('trouble'), text ?? '');
}

// show changes to the view that the address names.
function show() {
  if (!auth.isSignedIn()) return;
  const name = Object.hasOwn(views, location.hash.slice(1)) ? location.hash.slice(1) : current ?? 'overview';
  if (name === current) return;
  views[current]?.stop?.();
  current = name;
  for (const view of Object.keys(views)) {
    byId(view).hidden = view !== name;
    if (view === name) byId(`nav-${view}`).setAttribute('aria-current', 'page');
    else byId(`nav-${view}`).removeAttribute('aria-current');
  }
  document.title = `${byId(`nav-${name}`).textContent} · SpaceFinder Console`;
  trouble(null);
  views[name].start?.(report);
}

// gate shows a message instead of the console, with buttons.
function gate(title, text, ...buttons) {
  views[current]?.stop?.();
  current = null;
  trouble(null);
  for (const view of Object.keys(views)) byId(view).hidden = true;
  byId('nav').hidden = true;
  byId('gate').hidden = false;
  setText(byId('gate-title'), title);
  setText(byId('gate-text'), text);
  byId('gate-actions').replaceChildren(...buttons);
}

function button(label, id, onclick, kind = '') {
  return h('button', { type: 'button', id, class: kind, onclick }, label);
}

const signInButton = () => button('Sign in', 'sign-in', () => report(auth.signIn));

function sessionEnded() {
  auth.forget();
  byId('session').hidden = true;
  gate('Your session has ended', 'Sign in again to go on where you were.', signInButton());
}

function notAdministrator() {
  gate('Only for administrators',
    `You are signed in as ${auth.user().name}, but not an administrator. An administrator can add you to the group `
      + `${adminGroup}; then sign out and in again.`,
    button('Sign out', 'gate-sign-out', auth.signOut), h('a', { class: 'button button-secondary', href: '../' }, 'To the start page'));
  byId('session').hidden = false;
}

let adminGroup = '';

// open lets an administrator in.
async function open() {
  setText(byId('session-user'), auth.user().name);
  byId('session').hidden = false;
  await report(async () => {
    await call('GET', 'status');
    byId('gate').hidden = true;
    byId('nav').hidden = false;
    show();
  });
}

async function begin() {
  const configuration = await auth.configure();
  adminGroup = configuration.adminGroup;
  if (location.origin !== configuration.origin) { // the sign-in comes back there, and what it needs is kept by origin
    location.replace(configuration.redirectUri + location.hash);
    return;
  }
  if (!window.isSecureContext) {
    gate('A secure connection is needed', 'Signing in needs https, or a browser on the machine that the server runs on.');
    return;
  }
  try {
    await auth.finishSignIn();
  } catch (error) {
    auth.forget();
    gate('That did not work', error.message, signInButton());
    return;
  }
  if (auth.isSignedIn()) await open();
  else if (auth.wasSignedIn()) await auth.signIn();
  else gate('Operator’s console', 'Health, traffic, people and backups of this server. For administrators.', signInButton());
}

byId('skip-link').addEventListener('click', (event) => {
  event.preventDefault(); // the address says which view is shown
  byId('main').focus();
});
byId('sign-out').addEventListener('click', auth.signOut);
window.addEventListener('hashchange', show);
traffic.prepare();
people.prepare();
backup.prepare(report);
begin().catch((error) => {
  gate('The server does not answer', 'Load the page again in a moment.', button('Load again', 'load-again', () => location.reload()));
  console.error(error);
});

// Downloading a copy of the database.

import { call } from './api.js';
import { byId, h, setText } from './dom.js';

export function prepare(report) {
  byId('backup-make').addEventListener('click', () => report(make));
}

// make asks for a ticket and has the browser download what it stands for, as a
// file of any size should not pass through the page's memory.
async function make() {
  setText(byId('backup-status'), 'Asking …');
  try {
    const { url } = await call('POST', 'backups');
    const link = h('a', { href: url, download: '' });
    document.body.append(link);
    link.click();
    link.remove();
    setText(byId('backup-status'), 'The copy is being made; your browser saves it.');
  } catch (error) {
    setText(byId('backup-status'), '');
    throw error;
  }
}

// One dialog for questions and answers. The browser keeps the focus inside and
// gives it back.

import { byId, h } from './dom.js';

const dialog = byId('dialog');

// open shows content under a title. It is closed by Escape, by the buttons that
// call close, and by opening another one.
export function open(title, ...content) {
  dialog.replaceChildren(h('h2', { id: 'dialog-title', tabindex: -1 }, title), ...content.filter((part) => part !== null));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector('[autofocus], h2').focus();
}

export function close() {
  if (dialog.open) dialog.close();
}

export function closeButton(label = 'Close') {
  return h('button', { type: 'button', class: 'button-secondary', id: 'dialog-close', onclick: close }, label);
}

// confirm asks before something that cannot be undone, or hurts somebody.
// then is called when the answer is yes.
export function confirm({ title, text, yes, then, back = close }) {
  open(title, h('p', {}, text), h('p', { class: 'row dialog-actions' },
    h('button', { type: 'button', class: 'button-danger', id: 'dialog-yes', onclick: then }, yes),
    h('button', { type: 'button', class: 'button-secondary', id: 'dialog-no', autofocus: true, onclick: back }, 'Cancel')));
}

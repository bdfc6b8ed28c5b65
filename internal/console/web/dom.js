// Building blocks of the page. Whatever comes from the server becomes text
// nodes and attributes, never markup.

const svgNamespace = 'http://www.w3.org/2000/svg';

export const byId = (id) => document.getElementById(id);

// h makes an HTML element: h('p', {class: 'muted'}, 'text', otherElement).
// An attribute that is false or null is left out; one that begins with "on" and
// is a function is a listener.
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// s is h for the elements of a drawing.
export function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// announce has a screen reader say a sentence.
export function announce(text) {
  byId('announcer').textContent = text;
}

// setText changes a text only when it differs, so that nothing that is selected
// or read out is disturbed.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

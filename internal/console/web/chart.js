// A line chart: drawn as SVG, read by pointer, by arrow keys, or as a table.

import { h, s, setText } from './dom.js';
import { moment, quantity, tick, unitNames } from './format.js';
import { timeTicks, valueTicks } from './scale.js';

const height = 150;
const speck = 'm-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0'; // a circle around the pen
const margin = { left: 54, right: 10, top: 8, bottom: 22 };

// Cursor is the point that all charts show at once; null is the latest.
export class Cursor {
  #charts = new Set();
  index = null;

  add(chart) {
    this.#charts.add(chart);
  }

  move(index) {
    if (index === this.index) return;
    this.index = index;
    for (const chart of this.#charts) chart.showCursor();
  }
}

export class Chart {
  #cursor;
  #definition = null; // what the server sent: id, title, unit, help, lines
  #times = [];
  #step = 1;

  constructor(definition, cursor) {
    this.#cursor = cursor;
    const id = `chart-${definition.id}`;
    this.moment = h('span', { class: 'chart-moment muted small' });
    this.grid = s('g');
    this.paths = definition.lines.map((line, n) => s('path', { class: `line ${tone(line, n)}` }));
    this.rule = s('line', { class: 'rule', y1: margin.top, y2: height - margin.bottom });
    this.dots = definition.lines.map((line, n) => s('circle', { class: `dot ${tone(line, n)}`, r: 3.5 }));
    this.pointer = s('g', { visibility: 'hidden' }, this.rule, this.dots);
    this.svg = s('svg', {
      class: 'plot', role: 'slider', tabindex: 0, height, 'aria-labelledby': `${id}-title`, 'aria-describedby': `${id}-help`,
      'aria-valuemin': 0, onpointermove: (event) => this.#point(event), onpointerdown: (event) => this.#point(event),
      onpointerleave: () => cursor.move(null), onkeydown: (event) => this.#key(event), onblur: () => cursor.move(null),
    }, this.grid, this.paths, this.pointer);
    this.values = definition.lines.map(() => h('span', { class: 'value' }));
    this.table = h('tbody');
    this.details = this.#tableOf(definition);
    this.element = h('figure', { class: 'chart card', id },
      h('figcaption', {},
        h('span', { class: 'chart-title' }, h('h3', { id: `${id}-title` }, definition.title),
          h('span', { class: 'muted small' }, unitNames[definition.unit])),
        this.moment,
        h('p', { class: 'visually-hidden', id: `${id}-help` }, definition.help)),
      this.svg,
      h('ul', { class: 'legend' }, definition.lines.map((line, n) => h('li', {},
        s('svg', { class: 'swatch', width: 18, height: 8, 'aria-hidden': 'true' }, s('path', { class: `line ${tone(line, n)}`, d: 'M1 4h16' })),
        h('span', {}, line.label), this.values[n]))),
      this.details);
    cursor.add(this);
    new ResizeObserver(() => this.#draw()).observe(this.svg);
  }

  #tableOf(definition) {
    return h('details', { class: 'chart-table', ontoggle: () => this.#fillTable() },
      h('summary', { 'aria-label': `${definition.title} as a table` }, 'Table'),
      h('div', { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': `${definition.title}, newest first` },
        h('table', {},
          h('caption', { class: 'muted small' }, definition.help),
          h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Time'),
            definition.lines.map((line) => h('th', { scope: 'col', class: 'number' }, line.label)))),
          this.table)));
  }

  // update shows other values. The elements stay, so that nothing flickers.
  update(definition, times, step) {
    this.#definition = definition;
    this.#times = times;
    this.#step = step;
    this.#draw();
    this.#fillTable();
  }

  // latest returns the index of the newest point with a value, among the last
  // few: what is older is not news.
  get latest() {
    const last = this.#times.length - 1;
    for (let n = last; n >= Math.max(0, last - 3); n--) {
      if (this.#definition.lines.some((line) => line.values[n] !== null)) return n;
    }
    return last;
  }

  #draw() {
    const width = this.svg.clientWidth;
    if (!this.#definition || width === 0) return;
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const values = this.#definition.lines.flatMap((line) => line.values);
    const ticks = valueTicks(Math.max(0, ...values.filter((value) => value !== null)), this.#definition.unit);
    const plotWidth = width - margin.left - margin.right;
    const plotHeight = height - margin.top - margin.bottom;
    this.x = (n) => margin.left + plotWidth * n / Math.max(1, this.#times.length - 1);
    this.y = (value) => margin.top + plotHeight * (1 - value / ticks.at(-1));
    const empty = values.every((value) => value === null);
    this.grid.replaceChildren(...this.#axes(ticks, width), ...(empty ? [this.#nothing(width)] : []));
    this.#definition.lines.forEach((line, n) => this.paths[n].setAttribute('d', this.#path(line.values)));
    this.svg.setAttribute('aria-valuemax', this.#times.length - 1);
    this.showCursor();
  }

  #axes(ticks, width) {
    const first = this.#times[0];
    const last = this.#times.at(-1);
    const across = ticks.flatMap((value) => [
      s('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: this.y(value), y2: this.y(value) }),
      s('text', { class: 'tick', x: margin.left - 6, y: this.y(value) + 4, 'text-anchor': 'end' }, axisText(value, this.#definition.unit)),
    ]);
    const down = timeTicks(first, last, width / 80).map((at) => {
      const x = this.x((at - first) / this.#step);
      const anchor = x > width - 24 ? 'end' : 'middle';
      return s('text', { class: 'tick', x: anchor === 'end' ? width - margin.right : x, y: height - 6, 'text-anchor': anchor },
        tick(at, last - first));
    });
    return [...across, ...down];
  }

  #nothing(width) {
    return s('text', { class: 'nothing', x: (width + margin.left) / 2, y: height / 2 - 4, 'text-anchor': 'middle' }, 'Nothing measured yet');
  }

  // path breaks the line where nothing was measured; a point on its own is drawn
  // as a dot.
  #path(values) {
    let text = '';
    let pen = false;
    values.forEach((value, n) => {
      if (value === null) {
        pen = false;
        return;
      }
      const alone = !pen && (values[n + 1] ?? null) === null;
      text += `${pen ? 'L' : 'M'}${this.x(n).toFixed(1)} ${this.y(value).toFixed(1)}${alone ? speck : ''}`;
      pen = true;
    });
    return text;
  }

  // showCursor writes the values at the cursor, or the latest ones.
  showCursor() {
    if (!this.#definition || !this.x) return;
    const { lines, unit } = this.#definition;
    const chosen = this.#cursor.index !== null && this.#cursor.index < this.#times.length;
    const index = chosen ? this.#cursor.index : this.latest;
    const at = moment(this.#times[index], this.#step);
    setText(this.moment, chosen ? at : '');
    lines.forEach((line, n) => {
      const value = line.values[index];
      setText(this.values[n], quantity(value, unit));
      this.dots[n].setAttribute('visibility', value === null ? 'hidden' : 'inherit');
      if (value === null) return;
      this.dots[n].setAttribute('cx', this.x(index));
      this.dots[n].setAttribute('cy', this.y(value));
    });
    this.rule.setAttribute('x1', this.x(index));
    this.rule.setAttribute('x2', this.x(index));
    this.pointer.setAttribute('visibility', chosen ? 'visible' : 'hidden');
    if (chosen || document.activeElement !== this.svg) {
      this.svg.setAttribute('aria-valuenow', index);
      this.svg.setAttribute('aria-valuetext', `${at}: ${lines.map((line) => `${line.label} ${quantity(line.values[index], unit)}`).join(', ')}`);
    }
  }

  #point(event) {
    const box = this.svg.getBoundingClientRect();
    const part = (event.clientX - box.left - margin.left) / (box.width - margin.left - margin.right);
    this.#cursor.move(this.#within(Math.round(part * (this.#times.length - 1))));
  }

  #within(index) {
    return Math.min(Math.max(index, 0), this.#times.length - 1);
  }

  #key(event) {
    const now = this.#cursor.index ?? this.latest;
    const target = {
      ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
      PageDown: now - 10, PageUp: now + 10, Home: 0, End: this.#times.length - 1,
    }[event.key];
    if (target !== undefined) this.#cursor.move(this.#within(target));
    else if (event.key === 'Escape') this.#cursor.move(null);
    else return;
    event.preventDefault();
  }

  #fillTable() {
    if (!this.details.open || !this.#definition) return;
    const { lines, unit } = this.#definition;
    this.table.replaceChildren(...this.#times.map((at, n) => h('tr', {},
      h('th', { scope: 'row' }, moment(at, this.#step)),
      lines.map((line) => h('td', { class: 'number' }, quantity(line.values[n], unit))))).reverse());
  }
}

// tone returns the class of a line: errors look the same in every chart.
function tone(line, n) {
  return line.bad ? 'series-bad' : `series-${n + 1}`;
}

function axisText(value, unit) {
  if (unit === 'bytes') return quantity(value, unit);
  if (unit === 'percent') return `${value.toLocaleString(undefined, { maximumFractionDigits: 2 })} %`;
  return value.toLocaleString(undefined, { notation: value >= 10000 ? 'compact' : 'standard', maximumFractionDigits: 2 });
}

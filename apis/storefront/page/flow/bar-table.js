import { element, foreignText, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';

/** @typedef {{ key: string, label: string, cells: string[], share?: number, outcome?: string }} BarRow */

/**
 * A table whose rows may have a bar: a chart that every reader can read. `share` is the length of the bar, 0 to 1.
 * @param {string[]} columns
 */
export function createBarTable(columns) {
  const body = element('tbody');
  const heads = columns.map((column) => element('th', { scope: 'col' }, column));
  const table = element('table', { class: 'bars' }, element('thead', {}, element('tr', {}, ...heads)), body);
  const list = createKeyedList(body, {
    key: (/** @type {BarRow} */ { key }) => key,
    create: (row) => {
      const cells = row.cells.map((_, index) =>
        element(
          'td',
          {},
          index === 0 && row.share !== undefined ? element('span', { class: 'bar' }) : undefined,
          element('span'),
        ),
      );
      const made = element(
        'tr',
        { 'data-outcome': row.outcome },
        element('th', { scope: 'row' }, foreignText(row.label)),
        ...cells,
      );
      update(made, row);
      return made;
    },
    update,
  });

  /** @param {HTMLElement} made @param {BarRow} row */
  function update(made, row) {
    const cells = made.querySelectorAll('td');
    row.cells.forEach((cell, index) => {
      const place = cells[index]?.lastElementChild;
      if (place) setText(place, cell);
    });
    const bar = /** @type {HTMLElement | null} */ (made.querySelector('.bar'));
    bar?.style.setProperty('--share', String(row.share ?? 0));
  }
  return { table, render: (/** @type {readonly BarRow[]} */ rows) => void list.render(rows) };
}

import { element, setText } from '../view/element.js';
import { whyItFailed } from '../view/request.js';

/** @import { DeskContext } from './desk-context.js' */
/** @typedef {Node | string} Cell */

/**
 * A table that is read page by page, with what was found, or why not, below it.
 * @param {Pick<DeskContext, 'text'>} page
 * @param {object} how
 * @param {string} how.label
 * @param {readonly string[]} how.columns the first one names its row
 * @param {string} how.reading said while a page is read
 * @param {(after: string | undefined) => Promise<{ rows: Cell[][], next: string | null }>} how.read
 * @param {(count: number, isAll: boolean) => string} how.said
 * @param {AbortSignal} how.signal aborted when nobody waits for it any more
 */
export function createPagedTable({ text }, { label, columns, reading, read, said, signal }) {
  const rows = element('tbody');
  const head = element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)));
  const table = element(
    'div',
    { class: 'table-box', tabindex: 0, role: 'group', 'aria-label': label },
    element('table', { class: 'rows' }, element('thead', {}, head), rows),
  );
  const status = element('p', { class: 'panel-state', role: 'status' });
  const more = element('button', { type: 'button', class: 'button', hidden: true }, text.text('more'));
  /** @type {string | null} */
  let next = null;
  table.hidden = true;

  async function load() {
    more.hidden = true;
    setText(status, reading);
    try {
      const answer = await read(next ?? undefined);
      if (signal.aborted) return;
      next = answer.next;
      rows.append(
        ...answer.rows.map(([first = '', ...others]) =>
          element('tr', {}, element('th', { scope: 'row' }, first), ...others.map((cell) => element('td', {}, cell))),
        ),
      );
      table.hidden = rows.childElementCount === 0;
      setText(status, said(rows.childElementCount, next === null));
      more.hidden = next === null;
    } catch (error) {
      if (signal.aborted) return;
      setText(status, text.text('failed', { why: whyItFailed(error, text) }));
      more.hidden = false;
    }
  }

  more.addEventListener('click', () => void load());
  void load();
  return [table, status, more];
}

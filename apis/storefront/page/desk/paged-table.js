import { createDialog } from '../view/dialog.js';
import { element, setText } from '../view/element.js';
import { whyItFailed } from '../view/request.js';

/** @import { DeskContext } from './desk-context.js' */
/** @typedef {Node | string} Cell */
/**
 * @typedef {object} PagedTable
 * @property {string} title
 * @property {readonly string[]} columns the first one names its row
 * @property {string} reading said while a page is read
 * @property {(after: string | undefined, signal: AbortSignal) => Promise<{ rows: Cell[][], next: string | null }>} read
 * @property {(count: number, isAll: boolean) => string} said
 */

/**
 * A dialog with a table, which is read anew each time that it opens. What is still asked for when it closes, or opens with
 * another table, is aborted.
 * @param {Pick<DeskContext, 'text'>} page
 */
export function createTableDialog({ text }) {
  const { dialog, body, open } = createDialog(text, { className: 'is-wide' });
  let asking = new AbortController();
  dialog.addEventListener('close', () => asking.abort());

  /** @param {PagedTable} table @param {readonly Node[]} [lead] what stands above it */
  return (table, lead = []) => {
    asking.abort();
    asking = new AbortController();
    body.replaceChildren(...lead, ...createPagedTable({ text }, table, asking.signal));
    open(table.title);
  };
}

/**
 * A table that is read page by page, with what was found, or why not, below it.
 * @param {Pick<DeskContext, 'text'>} page
 * @param {PagedTable} table
 * @param {AbortSignal} signal aborted when nobody waits for it any more
 */
function createPagedTable({ text }, { title, columns, reading, read, said }, signal) {
  const rows = element('tbody');
  const head = element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)));
  const table = element(
    'div',
    { class: 'table-box', tabindex: 0, role: 'group', 'aria-label': title },
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
      const answer = await read(next ?? undefined, signal);
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

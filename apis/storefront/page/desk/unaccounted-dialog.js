import { createDialog } from '../view/dialog.js';
import { element, foreignText, setText } from '../view/element.js';
import { whyItFailed } from '../view/request.js';
import { fetchUnaccounted } from './desk-api.js';

/** @import { SourceBalance } from './balance-parts.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * The rows that make the difference, page by page: what a source has and nobody settled.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 */
export function createUnaccountedDialog({ text, formats }) {
  const { dialog, body, open } = createDialog(text, { className: 'is-wide' });
  let asking = new AbortController();
  dialog.addEventListener('close', () => asking.abort());

  /** @param {SourceBalance} source */
  return ({ source, difference }) => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const rows = element('tbody');
    const headers = /** @type {const} */ (['id', 'product', 'price', 'created', 'message']).map((column) =>
      element('th', { scope: 'col' }, text.text(`unaccounted.${column}`)),
    );
    const table = element(
      'div',
      { class: 'table-box', tabindex: 0, role: 'group', 'aria-label': text.text('unaccounted.title', { source }) },
      element('table', { class: 'rows' }, element('thead', {}, element('tr', {}, ...headers)), rows),
    );
    const status = element('p', { class: 'panel-state', role: 'status' });
    const more = element('button', { type: 'button', class: 'button', hidden: true }, text.text('more'));
    /** @type {string | null} */
    let next = null;
    let lookedAt = 0;
    table.hidden = true;

    async function load() {
      more.hidden = true;
      setText(status, text.text('unaccounted.looking'));
      try {
        const answer = await fetchUnaccounted(source, { after: next ?? undefined }, signal);
        next = answer.next;
        lookedAt += answer.looked_at;
        rows.append(
          ...answer.rows.map((row) =>
            element(
              'tr',
              {},
              element('th', { scope: 'row' }, String(row.id)),
              element('td', { class: 'is-name' }, foreignText(row.product)),
              element('td', {}, foreignText(formats.money(row.price))),
              element('td', {}, formats.dateTime(row.created_at)),
              element('td', {}, element('code', {}, row.message_id)),
            ),
          ),
        );
        table.hidden = rows.childElementCount === 0;
        const looked = formats.number(lookedAt);
        const found = formats.number(rows.childElementCount);
        const key = next === null ? 'unaccounted.all' : 'unaccounted.part';
        setText(status, text.text(key, { found, looked }));
        more.hidden = next === null;
      } catch (error) {
        if (signal.aborted) return;
        setText(status, text.text('failed', { why: whyItFailed(error, text) }));
        more.hidden = false;
      }
    }

    more.addEventListener('click', () => void load());
    const lead = difference !== null && difference < 0 ? 'unaccounted.lead.too-many' : 'unaccounted.lead';
    body.replaceChildren(element('p', { class: 'dialog-lead' }, text.text(lead)), table, status, more);
    open(text.text('unaccounted.title', { source }));
    void load();
  };
}

import { element, foreignText } from '../view/element.js';
import { fetchUnaccounted } from './desk-api.js';
import { createTableDialog } from './paged-table.js';

/** @import { SourceBalance } from './balance-parts.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * The rows that make the difference, page by page: what a source has and nobody settled. Where more is settled than there
 * are rows, no row makes it; then it says what that means, and what rows may be missing besides.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 */
export function createUnaccountedDialog({ text, formats }) {
  const show = createTableDialog({ text });

  /** @param {SourceBalance} source */
  return ({ source, difference }) => {
    const tooMany = difference !== null && difference < 0 ? -difference : 0;
    let lookedAt = 0;

    /** @param {number} count @param {boolean} isAll */
    function said(count, isAll) {
      const looked = formats.number(lookedAt);
      if (tooMany > 0 && isAll && count === 0) return text.text('unaccounted.none', { looked });
      return text.text(isAll ? 'unaccounted.all' : 'unaccounted.part', { found: formats.number(count), looked });
    }

    const lead = tooMany > 0 ? text.count('unaccounted.lead.too-many', tooMany) : text.text('unaccounted.lead');
    show(
      {
        title: text.text('unaccounted.title', { source }),
        columns: /** @type {const} */ (['id', 'product', 'price', 'created', 'message']).map((column) =>
          text.text(`unaccounted.${column}`),
        ),
        reading: text.text('unaccounted.looking'),
        async read(after, signal) {
          const answer = await fetchUnaccounted(source, { after }, signal);
          lookedAt += answer.looked_at;
          const rows = answer.rows.map((row) => [
            String(row.id),
            foreignText(row.product, 'table-text'),
            foreignText(formats.money(row.price)),
            formats.dateTime(row.created_at),
            element('code', {}, row.message_id),
          ]);
          return { rows, next: answer.next };
        },
        said,
      },
      [element('p', { class: 'dialog-lead' }, lead)],
    );
  };
}

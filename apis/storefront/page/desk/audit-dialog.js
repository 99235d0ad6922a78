import { element, foreignText } from '../view/element.js';
import { fetchAudit } from './desk-api.js';
import { createTableDialog } from './paged-table.js';

/** @import { DeskContext } from './desk-context.js' */

/** Characters of a detail that are shown: a filter may name a product of 256. */
const LONGEST = 300;

/**
 * Who did what at the desk, and what was refused, newest first. It takes a login, as its names are those of people.
 * @param {DeskContext} page
 */
export function createAuditDialog({ text, formats, asOperator }) {
  const show = createTableDialog({ text });

  /** @param {Record<string, unknown>} detail */
  function inWords(detail) {
    const said = Object.entries(detail).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return foreignText(said.join(' · ').slice(0, LONGEST), 'table-text');
  }

  return () =>
    show(
      {
        title: text.text('audit.title'),
        columns: /** @type {const} */ (['when', 'who', 'what', 'details']).map((column) =>
          text.text(`audit.${column}`),
        ),
        reading: text.text('audit.reading'),
        async read(after, signal) {
          const { entries, next } = await asOperator(() => fetchAudit({ after }, signal));
          const rows = entries.map(({ at, actor, action, detail }) => [
            element('time', { datetime: at }, formats.dateTime(at)),
            actor === '' ? text.text('audit.nobody') : foreignText(actor.slice(0, 100)),
            text.known(`audit.action.${action}`, action),
            inWords(detail),
          ]);
          return { rows, next };
        },
        said: (count, isAll) => (isAll ? text.count('audit.all', count) : text.count('audit.part', count)),
      },
      [element('p', { class: 'dialog-lead' }, text.text('audit.lead'))],
    );
}

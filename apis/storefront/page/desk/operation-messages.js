import { element, foreignText } from '../view/element.js';
import { fetchOperationMessages } from './desk-api.js';
import { skippedInWords } from './kept-reasons.js';
import { createTableDialog } from './paged-table.js';

/** @import { Operation, OperationMessage } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * The messages of an operation that were left alone, with the reason, or that died again. Each leads to its dead letter,
 * which says what it died of this time.
 * @param {Pick<DeskContext, 'text'>} page
 * @param {(messageId: string) => void} openLetter
 */
export function createOperationMessages({ text }, openLetter) {
  const show = createTableDialog({ text });

  /** @param {OperationMessage} message */
  function link({ message_id: id }) {
    const button = element(
      'button',
      { type: 'button', class: 'link', 'aria-haspopup': 'dialog' },
      element('code', {}, id),
    );
    button.addEventListener('click', () => openLetter(id));
    return button;
  }

  /** @param {Operation} operation @param {'skipped' | 'dead_again'} state */
  return ({ id, kind }, state) => {
    const isSkipped = state === 'skipped';
    show({
      title: text.text(`outcome-list.${state}`, { operation: text.text(`operation.${kind}`) }),
      columns: [
        text.text('unaccounted.message'),
        ...(isSkipped ? [text.text('outcome-list.because')] : []),
        text.text('outcome-list.died-of'),
      ],
      reading: text.text('outcome-list.reading'),
      async read(after, signal) {
        const { messages, next } = await fetchOperationMessages(id, { state, after }, signal);
        const rows = messages.map((message) => [
          link(message),
          ...(isSkipped ? [foreignText(skippedInWords({ text }, message.skipped_because ?? ''))] : []),
          foreignText(message.error_message.slice(0, 400), 'table-text'),
        ]);
        return { rows, next };
      },
      said: (count, isAll) => (isAll ? text.count('outcome-list.all', count) : text.count('outcome-list.part', count)),
    });
  };
}

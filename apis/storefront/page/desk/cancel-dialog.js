import { createDialog } from '../view/dialog.js';
import { element, icon } from '../view/element.js';

/** @import { Operation } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * Asks before an operation is cancelled, as that is for good: it can be paused instead.
 * @param {Pick<DeskContext, 'text'>} page
 * @param {(id: string) => void} cancelIt
 */
export function createCancelDialog({ text }, cancelIt) {
  const { dialog, body, foot, form, open, close } = createDialog(text, { className: 'is-narrow', hasForm: true });
  const keep = element('button', { type: 'button', class: 'button' }, text.text('operation.cancel.keep'));
  const submit = element(
    'button',
    { type: 'submit', class: 'button is-danger' },
    icon('close'),
    text.text('operation.cancel.submit'),
  );
  foot.append(keep, submit);
  /** @type {string | undefined} */
  let asked;

  keep.addEventListener('click', close);
  dialog.addEventListener('close', () => (asked = undefined));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const id = asked;
    close();
    if (id !== undefined) cancelIt(id);
  });

  /** @param {Operation | undefined} operation */
  return (operation) => {
    if (operation === undefined) return;
    asked = operation.id;
    const lead = text.count('operation.cancel.lead', operation.messages.waiting);
    body.replaceChildren(element('p', { class: 'dialog-lead' }, lead));
    open(text.text('operation.cancel.title'), keep);
  };
}

import { element, icon } from './element.js';

/** @import { Text } from '../text/language.js' */

/**
 * A click beside a dialog closes it. Dialogs have no padding of their own, so a click on the dialog is one beside it.
 * @param {HTMLDialogElement} dialog
 */
export function closeBeside(dialog) {
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}

let made = 0;

/**
 * A dialog with a title, a body and a foot. The browser keeps the focus within it and gives it back when it closes. One
 * that holds what somebody typed is not closed by a click beside it.
 * @param {Text} text
 * @param {{ className?: string, hasForm?: boolean }} [how]
 */
export function createDialog({ text }, { className = '', hasForm = false } = {}) {
  made += 1;
  const title = element('h2', { id: `dialog-${made}-title`, tabindex: -1 });
  const close = element(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': text('close'), title: text('close') },
    icon('close'),
  );
  const body = element('div', { class: 'dialog-body' });
  const foot = element('div', { class: 'dialog-foot' });
  const content = hasForm
    ? element('form', { class: 'dialog-form', method: 'dialog', novalidate: true }, body, foot)
    : body;
  const dialog = element(
    'dialog',
    { class: `dialog ${className}`, 'aria-labelledby': title.id },
    element('div', { class: 'dialog-head' }, title, close),
    content,
  );
  close.addEventListener('click', () => dialog.close());
  if (!hasForm) closeBeside(dialog);
  // What had the focus when it was opened may be gone by then: the dialog below it has it, or nobody has.
  dialog.addEventListener('close', () => {
    // The browser may not have noticed yet that what has the focus is shown no more.
    const focused = document.activeElement;
    if (focused !== null && focused !== document.body && !dialog.contains(focused)) return;
    const below = [...document.querySelectorAll('dialog[open]')].at(-1);
    /** @type {HTMLElement | null | undefined} */ (below?.querySelector('.dialog-head h2'))?.focus();
  });
  document.body.append(dialog);
  return {
    dialog,
    /** It can be given the focus where nothing else can. */
    heading: title,
    body,
    foot,
    form: /** @type {HTMLFormElement} */ (content),
    /**
     * Opens it; the title has the focus, unless something else is given it.
     * @param {string} titled
     * @param {HTMLElement} [first] what has the focus
     */
    open: (titled, first = title) => {
      title.textContent = titled;
      if (!dialog.open) dialog.showModal();
      first.focus();
    },
    close: () => dialog.close(),
  };
}

import { createDialog } from '../view/dialog.js';
import { element, icon, setText } from '../view/element.js';
import { RequestFailed, whyItFailed } from '../view/request.js';
import { fetchLetter, orderEdit } from './desk-api.js';
import { createField } from './field.js';
import { draftOf, fieldsOf, setField } from './message-draft.js';
import { checkDraft, fieldOfRefusal } from './order-check.js';

/** @import { LetterDetails, Operation } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { Fault } from './order-check.js' */

/** Refusals that no other text would change: what is left is to discard the letter, as they advise. @type {Set<string | undefined>} */
const IN_VAIN = new Set(['LETTER_IS_COPY', 'ORDER_STORED']);

/**
 * The dialog in which an order is mended and sent again: product and price as fields, the rest as the message's JSON, which
 * both write into. It says what a consumer would refuse before it is sent.
 * @param {DeskContext} page
 * @param {(operation: Operation) => void} onOrdered
 */
export function createEditDialog(page, onOrdered) {
  const { text, asOperator } = page;

  /** @param {LetterDetails} letter */
  return (letter) => {
    const { dialog, body, foot, form, open, close } = createDialog(text, { className: 'is-wide', hasForm: true });
    const draft = draftOf(letter);
    let { cycle } = letter;
    let isSending = false;
    const product = createField(text.text('order.product'), element('input', { autocomplete: 'off', dir: 'auto' }));
    const price = createField(
      text.text('order.price'),
      element('input', { autocomplete: 'off', inputmode: 'decimal' }),
      {
        hint: text.text('edit.price.hint'),
      },
    );
    const json = createField(
      text.text('edit.json'),
      element('textarea', { class: 'code-input', rows: 16, spellcheck: false, dir: 'ltr', autocapitalize: 'off' }),
      { hint: text.text('edit.json.hint') },
    );
    const comment = createField(text.text('comment'), element('textarea', { rows: 2, maxlength: 1000 }), {
      hint: text.text('comment.hint'),
    });
    const inputs = { product, price, json };
    const failure = element('div', { class: 'form-failure', role: 'alert' });
    const cancel = element('button', { type: 'button', class: 'button' }, text.text('cancel'));
    const submit = element(
      'button',
      { type: 'submit', class: 'button is-primary' },
      icon('retrying'),
      text.text('edit.submit'),
    );
    /** Faults are said from the first try on, then as they are mended. */
    let wasTried = false;

    body.append(
      element('p', { class: 'dialog-lead' }, text.text('edit.lead')),
      ...(draft.is === 'as_it_was'
        ? []
        : [element('p', { class: 'history-note' }, icon('info'), text.text(`edit.draft.${draft.is}`))]),
      element('div', { class: 'field-pair' }, product.field, price.field),
      json.field,
      comment.field,
      failure,
    );
    foot.append(cancel, submit);
    json.input.value = draft.text;

    function showFields() {
      const fields = fieldsOf(json.input.value);
      for (const [name, field] of /** @type {const} */ ([
        ['product', product],
        ['price', price],
      ])) {
        field.input.disabled = fields === undefined;
        if (fields && field.input.value !== fields[name]) field.input.value = fields[name];
      }
    }

    /** @param {readonly Fault[]} faults */
    function say(faults) {
      for (const [name, field] of Object.entries(inputs)) {
        const own = faults.filter((fault) => fault.field === name);
        field.refuse(own.map(({ key, values }) => text.text(key, values)).join(' '));
      }
    }

    const check = () => {
      const checked = checkDraft(json.input.value, letter.message_id);
      if (wasTried) say(checked.faults);
      return checked;
    };

    async function send() {
      wasTried = true;
      const { message, faults } = check();
      failure.replaceChildren();
      if (message === undefined || faults.length > 0) {
        const first = /** @type {const} */ (['product', 'price', 'json']).find((name) => inputs[name].isRefused());
        inputs[first ?? 'json'].input.focus();
        return;
      }
      if (isSending) return;
      isSending = true;
      submit.disabled = true;
      const words = comment.input.value.trim();
      try {
        const wanted = { body: message, cycle, ...(words !== '' && { comment: words }) };
        const operation = await asOperator(() => orderEdit(letter.message_id, wanted));
        close();
        onOrdered(operation);
      } catch (error) {
        showFailure(error);
      } finally {
        isSending = false;
        submit.disabled = false;
      }
    }

    /** @param {unknown} error */
    function showFailure(error) {
      const status = error instanceof RequestFailed ? error.status : undefined;
      const said = whyItFailed(error, text);
      if (status === 409 && error instanceof RequestFailed && IN_VAIN.has(error.code)) {
        failure.replaceChildren(said);
        return;
      }
      if (status === 409) {
        showConflict(said);
        return;
      }
      if (status === 400 || status === 422) {
        const field = inputs[fieldOfRefusal(said)];
        field.refuse(said);
        field.input.focus();
        return;
      }
      const isUnknown = status === undefined;
      failure.replaceChildren(isUnknown ? text.text('order-unknown') : text.text('order-failed', { why: said }));
    }

    /** Somebody else was faster. @param {string} said */
    function showConflict(said) {
      const again = element('button', { type: 'button', class: 'button is-small' }, text.text('edit.conflict.again'));
      again.addEventListener('click', () => void takeNewest(again));
      failure.replaceChildren(
        element('p', {}, text.text('edit.conflict')),
        element('p', { class: 'quiet' }, said),
        again,
      );
    }

    /** What was typed stays; it is then an edit of the letter as it is now. @param {HTMLButtonElement} button */
    async function takeNewest(button) {
      button.disabled = true;
      try {
        const now = await fetchLetter(letter.message_id, AbortSignal.timeout(30_000));
        const last = now.history.at(-1);
        const by = last
          ? text.text('edit.conflict.by', { actor: last.actor, what: text.text(`event.${last.action}`) })
          : '';
        cycle = now.cycle;
        const key = now.state === 'dead' ? 'edit.conflict.taken' : 'edit.conflict.gone';
        setText(failure, [text.text(key, { cycle, state: text.text(`state.${now.state}.one`) }), by].join(' ').trim());
      } catch (error) {
        setText(failure, text.text('failed', { why: whyItFailed(error, text) }));
      }
    }

    for (const [name, field] of /** @type {const} */ ([
      ['product', product],
      ['price', price],
    ]))
      field.input.addEventListener('input', () => {
        json.input.value = setField(json.input.value, name, field.input.value);
        check();
      });
    json.input.addEventListener('input', () => {
      showFields();
      check();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void send();
    });
    cancel.addEventListener('click', close);
    dialog.addEventListener('close', () => dialog.remove());
    showFields();
    open(text.text('edit.title'));
  };
}

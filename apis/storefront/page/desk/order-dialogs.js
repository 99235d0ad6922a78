import { createDialog } from '../view/dialog.js';
import { element, foreignText, icon, setText } from '../view/element.js';
import { RequestFailed, whyItFailed } from '../view/request.js';
import { dryRun, orderOperation } from './desk-api.js';
import { createDryRunView } from './dry-run-view.js';
import { createField } from './field.js';

/** @import { DiscardOrder, DryRunAnswer, Operation, RedriveOrder, RestoreOrder, Selection } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/**
 * @typedef {object} OrderWhat
 * @property {Selection} selection
 * @property {string} scope what is meant, in words
 * @property {readonly string[]} inWords the fields of a filter
 * @property {boolean} [isOfList] whether it is what is chosen in the list
 */
/** @typedef {'redrive' | 'discard' | 'restore'} Kind */

const SYMBOLS = { redrive: 'retrying', discard: 'trash', restore: 'undo' };
/** Milliseconds for a dry run, which counts. */
const PATIENCE = 60_000;

/**
 * The dialogs in which a redrive, a discard or its undoing is ordered: what would happen, the options, and the order. What
 * was typed stays until it is ordered or given up.
 * @param {DeskContext} page
 * @param {(operation: Operation, isOfList: boolean) => void} onOrdered
 */
export function createOrderDialogs(page, onOrdered) {
  const { text, asOperator } = page;

  /** @param {Kind} kind @param {OrderWhat} what */
  return (kind, what) => {
    const { dialog, body, foot, form, open, close } = createDialog(text, { hasForm: true });
    const view = createDryRunView(page, kind);
    const options = kind === 'redrive' ? redriveOptions(page) : reasonOption(page, kind);
    const failure = element('p', { class: 'form-failure', role: 'alert' });
    const cancel = element('button', { type: 'button', class: 'button' }, text.text('cancel'));
    const label = element('span', {}, text.text(`action.${kind}`));
    const tone = kind === 'discard' ? 'is-danger' : 'is-primary';
    const submit = element('button', { type: 'submit', class: `button ${tone}` }, icon(SYMBOLS[kind]), label);
    const asking = new AbortController();
    let isSending = false;
    /** @type {DryRunAnswer | undefined} */
    let counted;

    const words = what.inWords.map((said) => element('li', { class: 'chip' }, foreignText(said)));
    body.append(
      element('p', { class: 'dialog-lead' }, element('strong', {}, what.scope), ' ', text.text(`${kind}.lead`)),
      ...(words.length > 0 ? [element('ul', { class: 'chips' }, ...words)] : []),
      view.element,
      ...options.fields,
      failure,
    );
    foot.append(cancel, submit);

    async function look() {
      view.showLoading();
      submit.disabled = true;
      try {
        const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(PATIENCE)]);
        counted = await asOperator(() => dryRun(kind, { selection: what.selection, ...options.dryRun() }, signal));
        view.show(counted);
        const { count, not_redrivable: without } = counted;
        const moves = kind === 'redrive' ? count - without : count;
        setText(label, text.count(`${kind}.submit`, moves));
        submit.disabled = moves === 0;
      } catch (error) {
        if (!asking.signal.aborted) view.showFailure(whyItFailed(error, text), () => void look());
      }
    }

    async function send() {
      const wanted = options.read();
      if (wanted === undefined || isSending) return;
      isSending = true;
      submit.disabled = true;
      setText(failure, '');
      try {
        const ordered = /** @type {RedriveOrder | DiscardOrder | RestoreOrder} */ ({
          selection: what.selection,
          ...wanted,
        });
        const operation = await asOperator(() => orderOperation(kind, ordered));
        close();
        onOrdered(operation, what.isOfList === true);
      } catch (error) {
        setText(failure, text.text('order-failed', { why: whyItFailed(error, text) }));
        // Without an answer nobody knows whether it was ordered: to order again may do it a second time.
        const isUnknown = error instanceof RequestFailed && error.status === undefined;
        if (isUnknown) setText(failure, text.text('order-unknown'));
        submit.disabled = false;
      } finally {
        isSending = false;
      }
    }

    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!submit.disabled) void send();
    });
    cancel.addEventListener('click', close);
    dialog.addEventListener('close', () => {
      asking.abort();
      dialog.remove();
    });
    open(text.text(`${kind}.title`));
    void look();
  };
}

/** @param {DeskContext} page */
function redriveOptions({ text: { text } }) {
  const rate = createField(
    text('redrive.rate'),
    element('input', {
      type: 'number',
      min: 1,
      max: 100_000,
      step: 1,
      inputmode: 'numeric',
      placeholder: text('redrive.rate.none'),
    }),
    { unit: text('redrive.rate.unit'), hint: text('redrive.rate.hint') },
  );
  const canary = element('input', { type: 'checkbox', checked: true, id: 'redrive-canary' });
  const share = createField(
    text('redrive.share'),
    element('input', { type: 'number', min: 0, max: 100, step: 'any', value: 0, inputmode: 'decimal' }),
    { unit: '%' },
  );
  const comment = createField(text('comment'), element('textarea', { rows: 2, maxlength: 1000 }), {
    hint: text('comment.hint'),
  });
  canary.addEventListener('change', () => (share.field.hidden = !canary.checked));
  const chosen = element(
    'div',
    { class: 'field-group' },
    element('label', { class: 'check' }, canary, element('span', {}, text('redrive.canary'))),
    element('p', { class: 'field-hint' }, text('redrive.canary.hint')),
    share.field,
  );

  function read() {
    const number = rate.input.value === '' ? undefined : Number(rate.input.value);
    const isRate = number === undefined || (Number.isInteger(number) && number >= 1 && number <= 100_000);
    rate.refuse(isRate && !rate.input.validity.badInput ? '' : text('redrive.rate.wrong'));
    const percent = Number(share.input.value);
    const isShare = share.input.value !== '' && percent >= 0 && percent <= 100;
    share.refuse(!canary.checked || isShare ? '' : text('redrive.share.wrong'));
    const first = [rate, share].find((field) => field.isRefused());
    if (first) {
      first.input.focus();
      return undefined;
    }
    const words = comment.input.value.trim();
    return {
      ...(number !== undefined && { rate: number }),
      ...(canary.checked && { canary: { max_dead_share: percent / 100 } }),
      ...(words !== '' && { comment: words }),
    };
  }
  return { fields: [chosen, rate.field, comment.field], read, dryRun: () => ({}) };
}

/** @param {DeskContext} page @param {'discard' | 'restore'} kind */
function reasonOption({ text: { text } }, kind) {
  const isNeeded = kind === 'discard';
  const reason = createField(
    text(isNeeded ? 'discard.reason' : 'comment'),
    element('textarea', { rows: 3, maxlength: 1000, 'aria-required': isNeeded ? 'true' : undefined }),
    { hint: text('comment.hint') },
  );
  function read() {
    const words = reason.input.value.trim();
    reason.refuse(isNeeded && words === '' ? text('discard.reason.missing') : '');
    if (reason.isRefused()) {
      reason.input.focus();
      return undefined;
    }
    if (isNeeded) return { reason: words };
    return words === '' ? {} : { comment: words };
  }
  // The reason is part of the order; a dry run that comes before it has a dash in its place.
  return { fields: [reason.field], read, dryRun: () => (isNeeded ? { reason: reason.input.value.trim() || '–' } : {}) };
}

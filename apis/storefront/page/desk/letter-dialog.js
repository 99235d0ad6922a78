import { createTimeline } from '../order-dialog/timeline.js';
import { createDialog } from '../view/dialog.js';
import { element, icon } from '../view/element.js';
import { createHashLink } from '../view/hash-link.js';
import { redraw } from '../view/redraw.js';
import { mayPass, RequestFailed, whyItFailed } from '../view/request.js';
import { fetchLetter } from './desk-api.js';
import { letterFacts } from './letter-facts.js';
import { letterHistory } from './letter-history.js';
import { letterContents } from './letter-contents.js';
import { operatorButton, whyNot } from './operator-button.js';

/** @import { LetterDetails } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { OrderWhat } from './order-dialogs.js' */

/** Milliseconds after which a letter that is on its way is asked for again. */
const ASK_AGAIN = 1_500;
/** Milliseconds after which any other one is: somebody else may do something with it, and an operation may begin late. */
const LOOK_AGAIN = 10_000;
/** Milliseconds after which an answer is no longer waited for. */
const NO_ANSWER = 30_000;
/** Milliseconds after an order within which its operation has certainly begun, unless something is in its way. */
const BEGINS_WITHIN = 20_000;
const link = createHashLink('letter');
/** Where a letter stands: what was ordered has been done to it once that is another. Its history may change before. */
const standingOf = (/** @type {LetterDetails} */ { message_id, state, cycle }) => `${message_id} ${state} ${cycle}`;

/**
 * The dialog with one dead letter: what it is, why it died, its attempts, what was done to it, and what can be done. Its
 * address is `#letter=` and the message id.
 * @param {DeskContext} page
 * @param {{ order: (kind: 'redrive' | 'discard' | 'restore', what: OrderWhat) => void, edit: (letter: LetterDetails) => void }} acts
 */
export function createLetterDialog(page, { order, edit }) {
  const { text, formats, session, everySecond } = page;
  const { dialog, heading, body, open: openDialog } = createDialog(text, { className: 'is-wide' });
  /** @type {string | undefined} */
  let open;
  /** @type {LetterDetails | undefined} */
  let letter;
  let asking = new AbortController();
  let askAgainAt = Infinity;
  /** When the letter was known last. */
  let knownAt = '';
  /** Why nothing newer is known, in words; empty where the last answer is what is shown. */
  let stale = '';
  /** Where it stood when something was ordered that may be about it, and until when that is still expected to be done. */
  let ordered = { standing: '', until: 0 };

  function draw() {
    if (!letter) return;
    const { log, timeline, state } = letter;
    const drawn = [
      ...(stale === '' ? [] : [element('p', { class: 'history-note', id: 'letter-stale' }, icon('info'), stale)]),
      ...letterFacts(page, letter),
      actions(letter),
      element('h3', {}, text.text('order.timeline')),
      ...(log === 'complete'
        ? []
        : [element('p', { class: 'history-note' }, icon('info'), text.text(`order.history.${log}`))]),
      timeline.length > 0
        ? createTimeline(page, { timeline, state }).list
        : element('p', { class: 'quiet' }, text.text('letter.no-attempt')),
      ...letterHistory(page, letter),
      ...letterContents(page, letter),
    ];
    redraw(body, drawn, heading);
  }

  /** @param {LetterDetails} of */
  function actions(of) {
    const what = () => ({ selection: { message_ids: [of.message_id] }, scope: text.text('scope.this'), inWords: [] });
    /** @param {'redrive' | 'discard' | 'restore'} kind @param {string} symbol @param {string} [reason] */
    const action = (kind, symbol, reason) =>
      operatorButton(
        page,
        { class: 'button', 'data-key': kind, 'data-reason': reason, 'aria-haspopup': 'dialog' },
        () => order(kind, what()),
        icon(symbol),
        text.text(`action.${kind}`),
      );
    const vain = of.redrivable ? undefined : text.text('letter.not-redrivable');
    const change = operatorButton(
      page,
      { class: 'button is-primary', 'data-key': 'edit', 'aria-haspopup': 'dialog' },
      // The button outlasts this drawing: what is edited is the letter as it was known last.
      () => edit(letter ?? of),
      icon('edit'),
      text.text('action.edit'),
    );
    const buttons =
      of.state === 'dead'
        ? [change, action('redrive', 'retrying', vain), action('discard', 'trash')]
        : of.state === 'discarded'
          ? [action('restore', 'undo')]
          : [];
    const { state } = of;
    const isDone = state === 'redriving' || state === 'resolved';
    const said = isDone ? text.text(`letter.done.${state}`) : (whyNot(page) ?? vain ?? '');
    return element(
      'div',
      { class: 'letter-actions' },
      ...buttons,
      said === '' ? undefined : element('p', { class: 'may-not' }, said, ...loginLink(buttons.length > 0)),
    );
  }

  /** @param {boolean} isUseful */
  function loginLink(isUseful) {
    if (!isUseful || session.current() !== undefined) return [];
    const button = element('button', { type: 'button', class: 'link', 'data-key': 'login' }, text.text('login.submit'));
    button.addEventListener('click', () => page.openLogin());
    return [' ', button];
  }

  /** @param {string} messageId */
  async function load(messageId) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    askAgainAt = Infinity;
    try {
      const found = await fetchLetter(messageId, AbortSignal.any([signal, AbortSignal.timeout(NO_ANSWER)]));
      if (signal.aborted) return;
      const isOther = stale !== '' || JSON.stringify(found) !== JSON.stringify(letter);
      letter = found;
      knownAt = new Date().toISOString();
      stale = '';
      if (isOther) draw();
      const isExpected = performance.now() < ordered.until && standingOf(found) === ordered.standing;
      const isMoving =
        isExpected || found.state === 'redriving' || found.timeline.some(({ record }) => record === 'not_yet');
      askAgainAt = performance.now() + (isMoving || found.log === 'unavailable' ? ASK_AGAIN : LOOK_AGAIN);
    } catch (error) {
      if (signal.aborted) return;
      // Where it takes a login, it is asked again once somebody has logged in.
      const needsLogin = error instanceof RequestFailed && error.status === 401;
      askAgainAt = needsLogin ? Infinity : performance.now() + 2 * ASK_AGAIN;
      if (letter) showStale(error, needsLogin);
      else showFailure(messageId, error);
    }
  }

  /** @param {unknown} error @param {boolean} needsLogin */
  function showStale(error, needsLogin) {
    // What the API refuses now it may answer later, where the row is back; that is in no hurry.
    if (!needsLogin && !mayPass(error)) askAgainAt = performance.now() + LOOK_AGAIN;
    const values = { time: formats.time(knownAt), why: whyItFailed(error, text) };
    const said = text.text(needsLogin ? 'stale' : 'letter.stale', values);
    if (said === stale) return;
    stale = said;
    draw();
    page.announce(said);
  }

  /** @param {string} messageId @param {unknown} error */
  function showFailure(messageId, error) {
    const status = error instanceof RequestFailed ? error.status : undefined;
    const isUnknown = status === 404;
    // What the API refuses it would refuse again.
    if (status !== undefined && status < 500) askAgainAt = Infinity;
    const said = isUnknown ? text.text('letters.unknown') : text.text('failed', { why: whyItFailed(error, text) });
    const again = element('button', { type: 'button', class: 'button', 'data-key': 'again' }, text.text('order.again'));
    again.addEventListener('click', () => void load(messageId));
    redraw(body, [element('p', { class: 'dialog-state', role: 'status' }, said), again], heading);
  }

  function followAddress() {
    const named = link.named(location.hash);
    if (named === open) return;
    if (named === undefined) {
      dialog.close();
      return;
    }
    open = named;
    letter = undefined;
    stale = '';
    body.replaceChildren(
      element('p', { class: 'unseen', role: 'status' }, text.text('letter.loading')),
      element('p', { class: 'bone bone-line' }),
      element('p', { class: 'bone bone-block' }),
    );
    openDialog(text.text('letter.title'));
    void load(named);
  }

  dialog.addEventListener('close', () => {
    asking.abort();
    open = undefined;
    letter = undefined;
    askAgainAt = Infinity;
    if (link.named(location.hash) !== undefined) history.replaceState(null, '', location.pathname + location.search);
  });
  window.addEventListener('hashchange', followAddress);
  everySecond(() => {
    if (open !== undefined && performance.now() >= askAgainAt) void load(open);
  });
  session.onChange(() => {
    draw();
    if (open !== undefined) void load(open);
  });
  return {
    /** Shows the letter that the address names, if it names one. */
    followAddress,
    /** Something was ordered: it may be about the one that is shown. */
    onOrdered() {
      if (open === undefined) return;
      if (letter) ordered = { standing: standingOf(letter), until: performance.now() + BEGINS_WITHIN };
      void load(open);
    },
  };
}

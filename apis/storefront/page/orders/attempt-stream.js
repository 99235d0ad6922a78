import { attemptKey, createAttemptList } from '../feed/attempt-list.js';
import { byId, element, iconAddress, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { recall, remember } from '../view/remembered.js';
import { createOrderRows } from './order-row.js';
import { createShownShare } from './shown-share.js';

/** @import { AttemptEvent, Delta, Snapshot } from '../feed/frames.js' */
/** @import { PageContext } from '../view/page-context.js' */

/** Rows of the list, milliseconds between two times at which it moves, and rows that may come at once then. */
const ROWS = 40;
const PAUSE = 300;
const ROWS_AT_ONCE = 5;

/**
 * The list of attempts as they end. It holds still while it is pointed at, or read with the keyboard or a screen reader,
 * and while somebody has asked for that. A row that was clicked has the focus too, but nobody reads the list by it.
 * @param {PageContext} page
 */
export function startAttemptStream(page) {
  const {
    text: { text, count },
    formats,
    state,
    loop,
    everySecond,
  } = page;
  const section = byId('orders');
  const parent = byId('order-stream');
  const note = byId('orders-note');
  const pause = byId('orders-pause');
  const rows = createOrderRows(page);
  const list = createKeyedList(parent, {
    key: (/** @type {AttemptEvent} */ event) => attemptKey(event),
    create: rows.ofAttempt,
  });
  const attempts = createAttemptList(ROWS);
  const quiet = element('li', { class: 'stream-quiet' }, text('orders.quiet'));
  let isPaused = recall('stream') === 'held';
  let isPointedAt = false;
  let isClicked = false;
  const share = createShownShare();

  function draw() {
    if (!state.known) return;
    section.setAttribute('aria-busy', 'false');
    const isHeld = isPaused || isPointedAt || (!isClicked && parent.contains(document.activeElement));
    if (!isHeld) {
      share.note(attempts.take(ROWS_AT_ONCE), performance.now());
      const shown = attempts.shown();
      for (const row of list.render(shown)) row.classList.add('is-new');
      if (shown.length === 0) parent.replaceChildren(quiet);
      else quiet.remove();
    }
    drawNote(isHeld);
    if (!isHeld && attempts.hasMore()) ask();
  }

  /** @param {boolean} isHeld */
  function drawNote(isHeld) {
    const sample = share.at(performance.now());
    if (isHeld && attempts.waiting() > 0) setText(note, count('orders.held', attempts.waiting()));
    else if (sample === undefined) setText(note, text('orders.all'));
    else setText(note, text('orders.sampled', { shown: formats.rate(sample.shown), of: formats.rate(sample.of) }));
  }

  const ask = loop.drawing(draw, PAUSE);
  everySecond(ask);
  for (const [event, is] of /** @type {const} */ ([
    ['pointerenter', true],
    ['pointerleave', false],
  ]))
    parent.addEventListener(event, (pointer) => {
      isPointedAt = is && pointer.pointerType === 'mouse';
      ask();
    });
  parent.addEventListener('focusout', ask);
  parent.addEventListener('pointerdown', () => (isClicked = true));
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Tab') isClicked = false;
  });

  function showPause() {
    pause.setAttribute('aria-pressed', String(isPaused));
    pause.querySelector('use')?.setAttribute('href', iconAddress(isPaused ? 'play' : 'pause'));
  }
  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    remember('stream', isPaused ? 'held' : 'flows');
    showPause();
    ask();
  });
  showPause();

  return {
    /** @param {Snapshot} frame */
    onSnapshot(frame) {
      attempts.reset(frame.attempts);
      list.render(attempts.shown());
      ask();
    },
    /** @param {NonNullable<Delta['attempts']>} part */
    onAttempts(part) {
      attempts.note(part.list, part.sampled.of);
      ask();
    },
  };
}

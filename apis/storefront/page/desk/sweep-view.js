import { byId, element, icon, setText } from '../view/element.js';
import { createPoll } from '../view/poll.js';
import { whyItFailed } from '../view/request.js';
import { fetchSweep, orderSweep } from './desk-api.js';
import { operatorButton } from './operator-button.js';

/** @import { Sweep } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

/** Milliseconds between two questions: while one is wanted, and otherwise. */
const EVERY = 1_000;
const EVERY_QUIET = 10_000;
const COUNTS = /** @type {const} */ (['looked_at', 'stale', 'published', 'unknown']);

/**
 * The sweep that makes the queue of dead letters what the ledger says: what the last one did, and having one now. Returns
 * what asks anew.
 * @param {DeskContext} page
 */
export function startSweep(page) {
  const { text, formats, asOperator, announce } = page;
  const said = byId('sweep-said');
  const counts = byId('sweep-counts');
  const failure = byId('sweep-failure');
  /** @type {Sweep | undefined} */
  let sweep;
  const now = operatorButton(
    page,
    { class: 'button is-small' },
    () => void orderOne(),
    icon('retrying'),
    text.text('sweep.now'),
  );
  byId('sweep-actions').append(now);

  /** @param {Sweep} next */
  function draw(next) {
    const { wanted, last } = next;
    const isCarriedThrough = sweep?.wanted === true && !wanted;
    sweep = next;
    const when =
      last === null ? text.text('sweep.never') : text.text('sweep.last', { time: formats.dateTime(last.ended_at) });
    setText(said, wanted ? `${text.text('sweep.wanted')} ${when}` : when);
    counts.replaceChildren(
      ...(last === null ? [] : COUNTS).map((name) =>
        element(
          'div',
          {},
          element('dt', {}, text.text(`sweep.${name}`)),
          element('dd', {}, formats.number(last?.[name] ?? 0)),
        ),
      ),
    );
    setText(failure, '');
    if (isCarriedThrough) announce(text.text('sweep.announce'));
  }

  async function orderOne() {
    try {
      draw(await asOperator(orderSweep));
      poll.now();
    } catch (error) {
      setText(failure, text.text('order-failed', { why: whyItFailed(error, text) }));
    }
  }

  const poll = createPoll({
    read: fetchSweep,
    every: () => (sweep?.wanted === true ? EVERY : EVERY_QUIET),
    onAnswer: draw,
    onFailure: (error) => setText(failure, text.text('failed', { why: whyItFailed(error, text) })),
  });
  return poll.now;
}

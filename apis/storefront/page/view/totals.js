import { byId, setAttribute, setText } from './element.js';
import { sumOf } from './sum-of-sources.js';

/** @import { PageContext } from './page-context.js' */
/** @import { Totals } from '../feed/frames.js' */

/** Attempts a second from which on nobody can follow each of them. */
const BUSY = 50;

/**
 * The four numbers at the top. Returns what draws them anew.
 * @param {PageContext} page
 */
export function startTotals({ text: { text, known }, formats, state, loop, clock, everySecond }) {
  const section = byId('totals');
  const place = (/** @type {string} */ name) => ({ number: byId(name), note: byId(`${name}-note`) });
  const stored = place('total-stored');
  const waiting = place('total-waiting');
  const dead = place('total-dead');
  const rate = place('total-rate');

  /** @param {Totals} totals */
  function drawExact(totals) {
    const sum = sumOf(totals);
    setText(stored.number, formats.number(sum.stored));
    setText(stored.note, sum.stored > 0 ? text('totals.revenue', { amount: formats.money(sum.revenue) }) : '');
    setText(waiting.number, formats.number(totals.waiting.count));
    setText(waiting.note, nextDue(totals));
    setText(dead.number, formats.number(sum.dead));
    const { discarded, redriving } = sum;
    const more = text('totals.dead.more', {
      discarded: formats.number(discarded),
      redriving: formats.number(redriving),
    });
    setText(
      dead.note,
      discarded + redriving > 0 ? more : sum.dead === 0 ? text('totals.dead.none') : mostFrequent(totals),
    );
  }

  /** @param {Totals} totals */
  function mostFrequent({ dead_by_reason: reasons }) {
    const [first] = [...reasons].sort((a, b) => b.count - a.count);
    return first ? known(`reason.${first.reason}`, first.reason) : '';
  }

  /** @param {Totals} totals */
  function nextDue({ waiting: { count, next_due_at: due } }) {
    if (count === 0 || due === null) return text('totals.waiting.none');
    const left = Date.parse(due) - clock.now();
    return left < 1000 ? text('totals.waiting.due') : text('totals.waiting.next', { when: formats.fromNow(left) });
  }

  function drawRate() {
    const main = byId('main');
    const { succeeded, retrying, dead: died } = state.rates.outcomes;
    const all = succeeded + retrying + died;
    // Effects that would follow each other without a pause are left out.
    setAttribute(main, 'data-pace', all > BUSY ? 'busy' : undefined);
    const isAway = state.connections?.broker.state === 'away';
    setText(rate.number, isAway ? '–' : formats.rate(all));
    const note = all > 0 ? text('totals.rate.note', { rate: formats.rate(succeeded) }) : text('totals.rate.quiet');
    setText(rate.note, isAway ? text('totals.rate.away') : note);
  }

  const draw = () => {
    if (!state.known) return;
    if (state.totals) drawExact(state.totals);
    drawRate();
    section.setAttribute('aria-busy', String(state.totals === null));
  };
  everySecond(draw);
  return loop.drawing(draw, 100);
}

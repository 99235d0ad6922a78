import { byId, setText } from './element.js';

/** @import { PageContext } from './page-context.js' */
/** @import { Totals } from '../feed/frames.js' */

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
    const { succeeded, retrying, dead: died } = state.rates.outcomes;
    const all = succeeded + retrying + died;
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

/**
 * All sources together; money is added up in whole hundredths, exactly.
 * @param {Totals} totals
 */
export function sumOf(totals) {
  const sum = { stored: 0, dead: 0, discarded: 0, redriving: 0, waiting: 0 };
  let hundredths = 0n;
  for (const source of totals.sources) {
    sum.stored += source.stored;
    sum.dead += source.dead;
    sum.discarded += source.discarded;
    sum.redriving += source.redriving;
    sum.waiting += source.waiting;
    hundredths += hundredthsOf(source.revenue);
  }
  const digits = String(hundredths).padStart(3, '0');
  return { ...sum, revenue: `${digits.slice(0, -2)}.${digits.slice(-2)}` };
}

/** @param {string} amount decimal text, not negative */
function hundredthsOf(amount) {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(2, '0').slice(0, 2));
}

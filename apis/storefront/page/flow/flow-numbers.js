/** @import { FeedState } from '../feed/feed-state.js' */
/** @import { OutcomeCounts } from '../feed/frames.js' */
/** @import { PartName } from './flow-layout.js' */

/**
 * What the picture of the flow says of one part: its number, and messages a second: of a source those that leave it for
 * their first attempt, of the others those that come to it.
 * @typedef {{ name: string | undefined, number: number | undefined, rate: number | undefined }} FlowNumber
 */

/** @param {OutcomeCounts} counts */
const sum = (counts) => counts.succeeded + counts.retrying + counts.dead;

/**
 * The numbers of the picture. Of more than two sources the two with the most orders are drawn, in the order of their names;
 * `others` says how many there are besides. Undefined is what is not known now.
 * @param {FeedState} state
 * @returns {{ parts: Record<PartName, FlowNumber>, fromRetry: number | undefined, others: number }} `fromRetry`: messages a
 *   second that have waited and are tried again
 */
export function flowNumbers({ totals, rates, queues, connections }) {
  const isBrokerAway = connections?.broker.state === 'away';
  const rate = (/** @type {number} */ perSecond) => (isBrokerAway ? undefined : perSecond);
  const settled = (totals?.sources ?? []).map(({ source, stored, dead, discarded }) => ({
    source,
    number: stored + dead + discarded,
  }));
  const rateOf = new Map(rates.sources.map((of) => [of.source, of.first_attempts]));
  const known = new Set(settled.map(({ source }) => source));
  const begun = rates.sources.filter(({ source }) => !known.has(source)).map(({ source }) => ({ source, number: 0 }));
  const all = [...settled, ...begun].sort((a, b) => b.number - a.number);
  const drawn = all.slice(0, 2).sort((a, b) => (a.source < b.source ? -1 : 1));
  const sourceNumber = (/** @type {number} */ index) => {
    const source = drawn[index];
    return { name: source?.source, number: source?.number, rate: source && rate(rateOf.get(source.source) ?? 0) };
  };
  const total = (/** @type {'stored' | 'dead'} */ of) => totals?.sources.reduce((all, source) => all + source[of], 0);
  /** @param {number | undefined} number @param {number | undefined} perSecond */
  const part = (number, perSecond) => ({ name: undefined, number, rate: perSecond });
  const { outcomes } = rates;
  return {
    parts: {
      source_1: sourceNumber(0),
      source_2: sourceNumber(1),
      queue: part(queues.primary_ready ?? undefined, undefined),
      attempts: part(undefined, rate(sum(outcomes))),
      retry: part(totals?.waiting.count, rate(outcomes.retrying)),
      endput: part(total('stored'), rate(outcomes.succeeded)),
      dead: part(total('dead'), rate(outcomes.dead)),
    },
    fromRetry: rate(rates.from_retry),
    others: Math.max(0, all.length - 2),
  };
}

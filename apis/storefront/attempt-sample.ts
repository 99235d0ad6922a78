import type { AttemptEvent, OutcomeCounts } from './shown.ts';

export const noOutcomes = (): OutcomeCounts => ({ succeeded: 0, retrying: 0, dead: 0 });
export const OUTCOMES = ['succeeded', 'retrying', 'dead'] as const;

/**
 * The attempts between two frames: all of them counted, at most `limit` of them kept. Of each outcome a random choice is
 * kept (reservoir sampling), so that among thousands that succeed the few that died are seen too.
 */
export function createAttemptSample(limit: number, random: () => number = Math.random) {
  let kept: Record<AttemptEvent['outcome'], AttemptEvent[]> = { succeeded: [], retrying: [], dead: [] };
  let outcomes = noOutcomes();
  return {
    /** `make` is only called for what is kept. */
    add(outcome: AttemptEvent['outcome'], make: () => AttemptEvent): void {
      outcomes[outcome] += 1;
      const list = kept[outcome];
      if (list.length < limit) {
        list.push(make());
        return;
      }
      const place = Math.floor(random() * outcomes[outcome]);
      if (place < limit) list[place] = make();
    },
    isEmpty: () => OUTCOMES.every((outcome) => outcomes[outcome] === 0),
    /** What was added since the last call, the list newest first. */
    take(): { list: AttemptEvent[]; of: number; outcomes: OutcomeCounts } {
      const list: AttemptEvent[] = [];
      for (let index = 0; index < limit && list.length < limit; index += 1) {
        for (const outcome of OUTCOMES) {
          const event = kept[outcome][index];
          if (event !== undefined && list.length < limit) list.push(event);
        }
      }
      list.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
      const taken = { list, of: outcomes.succeeded + outcomes.retrying + outcomes.dead, outcomes };
      kept = { succeeded: [], retrying: [], dead: [] };
      outcomes = noOutcomes();
      return taken;
    },
  };
}

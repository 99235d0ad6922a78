import { ofMessage, type Deviation, type DeviationKind } from './deviation.ts';
import type { Evidence, Expectation } from './evidence.ts';
import { lastAttemptIn } from './expectation.ts';

/** Whether a message stands where its row demands, and is of a source at all. */
export function judgeOutcome(evidence: Evidence, { maxAttempts }: { maxAttempts: number }): Deviation[] {
  const { messageId, row, stored, waiting, ledger } = evidence;
  const found = (kind: DeviationKind, detail: string) => [ofMessage(kind, messageId, detail)];
  if (!row) {
    // Dead letters without a row are no fault: anybody may publish what is not valid.
    if (stored)
      return found('no_source', `an order that says it is row ${stored.content.id} of ${stored.content.system}`);
    return waiting && !ledger ? found('no_source', `a retry that says it is of ${waiting.source}`) : [];
  }
  const { expected } = row;
  if (stored) {
    // What was redriven may have been edited, so that it goes another way than its row demands.
    if (expected && stored.position.cycle === 0 && expected.outcome.kind !== 'stored') {
      return found('wrong_outcome', `stored, its row demands ${inWords(expected)}`);
    }
    return expected && stored.position.cycle === 0 && stored.position.attempt !== expected.attempts
      ? found('wrong_attempt', `stored at attempt ${stored.position.attempt}, its row demands ${expected.attempts}`)
      : [];
  }
  if (ledger?.state === 'dead' || ledger?.state === 'discarded') {
    const { reason, position } = ledger;
    // That consumers died on it does not follow from the row.
    const demanded = expected && position.cycle === 0 && reason !== 'consumer_crashed' ? expected : undefined;
    if (demanded && (demanded.outcome.kind !== 'dead' || demanded.outcome.reason !== reason)) {
      return found('wrong_outcome', `dead: ${reason}, its row demands ${inWords(demanded)}`);
    }
    const attempts = demanded ? demanded.attempts : reason === 'attempts_exhausted' ? maxAttempts : undefined;
    return attempts !== undefined && position.cycle === 0 && position.attempt !== attempts
      ? found('wrong_attempt', `dead at attempt ${position.attempt}, its row demands ${attempts}`)
      : [];
  }
  if (!waiting) return [];
  const { cycle, attempt } = waiting.position;
  const last = lastAttemptIn(cycle, evidence, maxAttempts);
  return attempt >= last ? found('wrong_attempt', `waits after attempt ${attempt}, its last was to be ${last}`) : [];
}

const inWords = ({ outcome, attempts }: Expectation): string =>
  outcome.kind === 'stored' ? `an order at attempt ${attempts}` : `a dead letter: ${outcome.reason}`;

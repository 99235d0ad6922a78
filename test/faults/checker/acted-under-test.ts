import type { Evidence } from './evidence.ts';
import type { Look } from './judge.ts';

/** What operators did with a dead letter, and what became of it. */
export const ACTED = [
  'nothing',
  'redriving',
  'edited, waiting again',
  'stored',
  'dead again',
  'discarded',
  'restored and stored',
] as const;
export type Acted = (typeof ACTED)[number];
/** Of these it is not settled. */
export const UNDER_WAY: readonly Acted[] = ['redriving', 'edited, waiting again'];

/** Brings that into the evidence of a letter that died in cycle 0. All of it happened between its death and the look. */
export function actOn(evidence: Evidence, acted: Acted, { now, maxAttempts, logExpiredBefore }: Look): void {
  const { row, ledger, records, queued } = evidence;
  if (!row || !ledger || acted === 'nothing') return;
  const { diedAt, position: died, bodyHash } = ledger;
  const after = (share: number) => diedAt + (now - diedAt) * share;
  const edited = acted === 'edited, waiting again';
  evidence.ended.push({ position: died, orderedAt: after(0.2), edited });
  if (acted === 'discarded') {
    ledger.state = 'discarded';
    return;
  }
  let cycle = 1;
  if (acted === 'restored and stored') {
    ledger.restoredCycles = [cycle];
    evidence.ended.push({ position: { cycle, attempt: died.attempt }, orderedAt: after(0.4), edited });
    cycle += 1;
  }
  ledger.position = { cycle, attempt: 0 };
  if (acted === 'redriving') {
    ledger.state = 'redriving';
    return;
  }
  const isDead = acted === 'dead again';
  const done = isDead ? maxAttempts : 2;
  const timeOf = (attempt: number) => after(0.5 + (0.5 * attempt) / done);
  for (let attempt = 1; attempt <= done; attempt += 1) {
    if (timeOf(attempt) <= logExpiredBefore) continue;
    records.push({
      position: { cycle, attempt },
      outcome: attempt < done || edited ? 'retrying' : isDead ? 'dead' : 'succeeded',
      processedAt: timeOf(attempt),
      processingTimes: row.expected?.processingTimes,
      isConsistent: true,
    });
  }
  const position = { cycle, attempt: done };
  if (edited) {
    ledger.state = 'redriving';
    const { source, body } = ledger;
    const [firstFailedAt, failedAt] = [timeOf(1), timeOf(done)];
    evidence.waiting = { position, source, body, dueAt: now + 10_000, firstFailedAt, failedAt };
  } else if (isDead) {
    const reason = 'attempts_exhausted';
    evidence.ledger = { ...ledger, position, reason, diedAt: timeOf(done) };
    queued.push({ position, reason, bodyHash });
  } else {
    ledger.state = 'resolved';
    evidence.stored = { position, content: row.content, storedAt: timeOf(done) };
  }
}

import { ofMessage, type Deviation, type DeviationKind } from './deviation.ts';
import type { AttemptRecord, Evidence, LedgerRow, Position } from './evidence.ts';
import type { Look } from './judge.ts';

interface AttemptsVerdict {
  deviations: Deviation[];
  expired: number;
  notYetRecorded: number;
}

/**
 * The log against where the message stands: of its cycle the attempts 1 to that position are on record, each once, none
 * beyond it, and each with the outcome that it had.
 */
export function judgeAttempts(evidence: Evidence, look: Look): AttemptsVerdict {
  const { messageId, row, records } = evidence;
  const verdict: AttemptsVerdict = { deviations: [], expired: 0, notYetRecorded: 0 };
  const find = (kind: DeviationKind, detail: string) => verdict.deviations.push(ofMessage(kind, messageId, detail));

  const byPosition = new Map<string, AttemptRecord[]>();
  for (const record of records) {
    const name = nameOf(record.position);
    const same = byPosition.get(name);
    if (same) same.push(record);
    else byPosition.set(name, [record]);
    if (!record.isConsistent) find('attempt_differs', `the record of ${name} contradicts its key`);
  }
  for (const [name, same] of byPosition) {
    if (same.length > 1) find('attempt_doubled', `${name} is on record ${same.length} times`);
  }

  const standing = standingOf(evidence);
  // A message published by hand may begin at any attempt.
  if (!row || !standing) return verdict;
  const highest = standing.isFinal ? standing.position.attempt : (row.expected?.attempts ?? look.maxAttempts);
  for (const [name, [record]] of byPosition) {
    if (!record) continue;
    const { cycle, attempt } = record.position;
    if (cycle > standing.position.cycle || (cycle === standing.position.cycle && attempt > highest)) {
      find(
        'attempt_too_high',
        `${name} is on record, the last was to be ${nameOf({ ...standing.position, attempt: highest })}`,
      );
      continue;
    }
    const outcome = outcomeAt(record.position, standing);
    if (outcome !== undefined && record.outcome !== outcome) {
      find('attempt_differs', `${name} is on record as ${record.outcome}, it was ${outcome}`);
    }
    if (row.expected && cycle === 0 && record.processingTimes !== row.expected.processingTimes) {
      const { processingTimes } = row.expected;
      find(
        'attempt_differs',
        `${name} asks for ${String(record.processingTimes)} attempts, its row for ${processingTimes}`,
      );
    }
  }
  judgeMissing(evidence, standing, byPosition, look, verdict);
  return verdict;
}

/** Where a message stands in endput, and when that attempt and its first one were at the earliest. */
interface Standing {
  position: Position;
  outcome: 'succeeded' | 'dead' | 'retrying';
  isFinal: boolean;
  settledAt: number;
  begunAt: number;
}

function standingOf({ row, stored, waiting, ledger }: Evidence): Standing | undefined {
  if (stored) {
    // Before its row there was no message. A source may name any time, also one to come; then nothing is known.
    const createdAt = row ? Date.parse(row.content.createdAt) : Number.NaN;
    const begunAt = createdAt <= stored.storedAt ? createdAt : Number.NEGATIVE_INFINITY;
    return { position: stored.position, outcome: 'succeeded', isFinal: true, settledAt: stored.storedAt, begunAt };
  }
  if (ledger?.state === 'dead' || ledger?.state === 'discarded') {
    const { diedAt: settledAt, firstSeenAt: begunAt } = ledger;
    const position = { ...ledger.position, cycle: lastAttempted(ledger) };
    return { position, outcome: 'dead', isFinal: true, settledAt, begunAt };
  }
  if (!waiting) return undefined;
  const { position, failedAt: settledAt, firstFailedAt: begunAt } = waiting;
  return { position, outcome: 'retrying', isFinal: false, settledAt, begunAt };
}

/** The cycle of the last attempts. */
function lastAttempted({ position, restoredCycles }: LedgerRow): number {
  let { cycle } = position;
  while (restoredCycles.includes(cycle)) cycle -= 1;
  return cycle;
}

/** Undefined where it cannot be known: beyond the position (the log is read later than endput), or in an earlier cycle. */
function outcomeAt({ cycle, attempt }: Position, { position, outcome }: Standing): string | undefined {
  if (cycle !== position.cycle || attempt > position.attempt) return undefined;
  return attempt === position.attempt ? outcome : 'retrying';
}

/**
 * A record may be missing when the log's TTL may have passed. Of the last attempt the time is known, of an earlier one
 * that it was not before the message began, nor before an attempt with a lower number.
 */
function judgeMissing(
  { messageId }: Evidence,
  { position, settledAt, begunAt }: Standing,
  byPosition: ReadonlyMap<string, AttemptRecord[]>,
  look: Look,
  verdict: AttemptsVerdict,
): void {
  let notBefore = begunAt;
  for (let attempt = 1; attempt <= position.attempt; attempt += 1) {
    const [record] = byPosition.get(nameOf({ cycle: position.cycle, attempt })) ?? [];
    if (record) {
      notBefore = Math.max(notBefore, record.processedAt);
      continue;
    }
    if (attempt === position.attempt) notBefore = Math.max(notBefore, settledAt);
    if (notBefore <= look.logExpiredBefore) verdict.expired += 1;
    else if (look.recordsUnderWay) verdict.notYetRecorded += 1;
    else {
      const detail = `${nameOf({ cycle: position.cycle, attempt })} of ${position.attempt} is not on record`;
      verdict.deviations.push(ofMessage('attempt_missing', messageId, detail));
    }
  }
}

const nameOf = ({ cycle, attempt }: Position): string =>
  cycle === 0 ? `attempt ${attempt}` : `attempt ${attempt} in cycle ${cycle}`;

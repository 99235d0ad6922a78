import { ofMessage, type Deviation, type DeviationKind } from './deviation.ts';
import { comparePositions, type AttemptRecord, type Evidence, type Position } from './evidence.ts';
import { lastAttemptIn } from './expectation.ts';
import type { Look } from './judge.ts';
import { standingsOf, type Standing } from './standings.ts';

interface AttemptsVerdict {
  deviations: Deviation[];
  expired: number;
  notYetRecorded: number;
}

/**
 * The log against where the message stands, and where it stood when a cycle was ended: of each cycle the attempts 1 to that
 * position are on record, each once, none beyond it, and each with the outcome that it had.
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

  // A message published by hand may begin at any attempt.
  if (!row) return verdict;
  const { current, ended } = standingsOf(evidence);
  const highestOf = ({ isFinal, position }: Standing): Position =>
    isFinal ? position : { ...position, attempt: lastAttemptIn(position.cycle, evidence, look.maxAttempts) };
  for (const [name, [record]] of byPosition) {
    if (!record) continue;
    const { cycle } = record.position;
    const standing =
      current && cycle >= current.position.cycle ? current : ended.find(({ position }) => position.cycle === cycle);
    // Of a cycle that is neither the one in which it stands nor known as ended, only its records are known.
    const highest = standing && highestOf(standing);
    if (highest && comparePositions(record.position, highest) > 0) {
      find('attempt_too_high', `${name} is on record, the last was to be ${nameOf(highest)}`);
      continue;
    }
    const outcome = standing && outcomeAt(record.position, standing);
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
  for (const standing of ended) judgeMissing(evidence, standing, byPosition, look, verdict);
  if (current) judgeMissing(evidence, current, byPosition, look, verdict);
  return verdict;
}

/** Undefined where it cannot be known: beyond the position, for the log is read later than endput. */
function outcomeAt({ attempt }: Position, { position, outcome }: Standing): string | undefined {
  if (attempt > position.attempt) return undefined;
  return attempt === position.attempt ? outcome : 'retrying';
}

/**
 * A record may be missing when the log's TTL may have passed. Of the last attempt the time is known (of a cycle before the
 * last death it is not), of an earlier one that it was not before its cycle began, nor before an attempt with a lower number.
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

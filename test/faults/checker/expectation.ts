import type { Evidence, Expectation } from './evidence.ts';

/** The settings on which it depends what becomes of a row. */
export interface Rules {
  maxAttempts: number;
  /** Whether orders ask for failed attempts (`SIMULATED_FAILURES`). */
  simulatedFailures: boolean;
}

/**
 * What the shipped handler and endput make of a row, from the row alone: an invalid one is refused at its first attempt;
 * one whose security check failed never succeeds; any other succeeds at the attempt that is drawn from its message id,
 * and then endput may still refuse it.
 */
export function expectationOf(
  row: { messageId: string; product: string; price: string; securityCheck: boolean },
  { maxAttempts, simulatedFailures }: Rules,
): Expectation {
  const processingTimes = simulatedFailures ? drawn(row, maxAttempts) : 1;
  if (!isValid(row)) {
    return { outcome: { kind: 'dead', reason: 'invalid_message' }, attempts: 1, processingTimes };
  }
  if (processingTimes > maxAttempts) {
    return { outcome: { kind: 'dead', reason: 'attempts_exhausted' }, attempts: maxAttempts, processingTimes };
  }
  const outcome: Expectation['outcome'] = fitsEndput(row.price)
    ? { kind: 'stored' }
    : { kind: 'dead', reason: 'refused_by_endput' };
  return { outcome, attempts: processingTimes, processingTimes };
}

/** The attempt at which a cycle ends at the latest: that of its row, unless an operator may have edited the body before. */
export function lastAttemptIn(cycle: number, { row, ended }: Evidence, maxAttempts: number): number {
  const unedited = new Set(ended.filter(({ edited }) => !edited).map(({ position }) => position.cycle));
  const before = Array.from({ length: cycle }, (_, earlier) => earlier);
  return (before.every((earlier) => unedited.has(earlier)) ? row?.expected?.attempts : undefined) ?? maxAttempts;
}

/** What else could be wrong with a row (a NUL, a time that ISO 8601 cannot write) cannot stand in a source. */
function isValid({ product, price }: { product: string; price: string }): boolean {
  return product.trim() !== '' && isPrice(price);
}

/** Positive, at most 100 digits before the point and 2 after it. `NaN` and `Infinity` are none. */
function isPrice(price: string): boolean {
  return /^[0-9]{1,100}(\.[0-9]{1,2})?$/.test(price) && /[1-9]/.test(price);
}

/** Endput keeps a price as numeric(14, 2): 12 digits before the point. */
const fitsEndput = (price: string): boolean => (price.split('.')[0] ?? '').replace(/^0+/, '').length <= 12;

/** FNV-1a (32 bits) of the message id, as the demonstration draws it. */
function drawn(row: { messageId: string; securityCheck: boolean }, maxAttempts: number): number {
  if (!row.securityCheck) return maxAttempts + 1;
  let hash = 2_166_136_261;
  for (const byte of Buffer.from(row.messageId)) hash = Math.imul(hash ^ byte, 16_777_619) >>> 0;
  return (hash % maxAttempts) + 1;
}

/** Attempts that have a row of their own; MAX_ATTEMPTS may be a thousand. */
const MOST_ROWS = 12;

/**
 * A row for each attempt up to the most that there may be, also where no order needed so many.
 * @param {readonly { attempt: number, orders: number }[]} needed
 * @param {number} maxAttempts
 */
export function attemptRows(needed, maxAttempts) {
  const known = new Map(needed.map(({ attempt, orders }) => [attempt, orders]));
  const first = Array.from({ length: Math.min(maxAttempts, MOST_ROWS) }, (_, index) => index + 1);
  // A setting that was lowered leaves orders that needed more.
  const further = [...known.keys()].filter((attempt) => attempt > first.length).sort((a, b) => a - b);
  return [...first, ...further.slice(0, MOST_ROWS)].map((attempt) => ({ attempt, orders: known.get(attempt) ?? 0 }));
}

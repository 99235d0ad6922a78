import { setTimeout as sleep } from 'node:timers/promises';
import { lookOnce } from './look.ts';
import type { CheckOptions } from './options.ts';
import type { CheckResult } from './report.ts';
import { inBoth } from './tally.ts';

/**
 * Checks the books. What deviates at the first look is looked at again after `againAfter` ms, and counts when it is
 * still there: the stores are read one after the other while messages go from one to the next, and the broker's
 * statistics are some seconds old. Rejects with a `CannotLookError`.
 */
export async function checkBooks(options: CheckOptions): Promise<CheckResult> {
  const { settled, againAfter } = options;
  const first = await lookOnce(options);
  if (againAfter === 0 || Object.keys(first.deviations).length === 0) return { ...first, settled, looks: 1 };
  await sleep(againAfter);
  const second = await lookOnce(options);
  return { ...second, deviations: inBoth(first.deviations, second.deviations), settled, looks: 2 };
}

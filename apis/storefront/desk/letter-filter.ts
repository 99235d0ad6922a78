import type { Static } from 'typebox';
import type { DeadLetterFilter } from '../../../db/endput/dead-letter-filter.ts';
import { ApiError } from '../../http/errors.ts';
import type { LetterFilter } from './letter-answers.ts';
import { isPlain } from './plain-text.ts';

/**
 * A filter as it was asked for, in the form that the ledger takes; undefined where nothing can fit (a text with NUL or
 * with half of a character is in no column). Throws an `ApiError` (400) for a time that is none.
 */
export function readLetterFilter(asked: Static<typeof LetterFilter>): DeadLetterFilter | undefined {
  const { state, source, reason, cause_key, product, died_from, died_before } = asked;
  if (!isPlain(source ?? '') || !isPlain(product ?? '')) return undefined;
  return {
    ...(state !== undefined && { state }),
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
    ...(cause_key !== undefined && { causeKey: cause_key.toLowerCase() }),
    ...(product !== undefined && { product }),
    ...(died_from !== undefined && { diedFrom: readTime('died_from', died_from) }),
    ...(died_before !== undefined && { diedBefore: readTime('died_before', died_before) }),
  };
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;

function readTime(name: string, text: string): Date {
  // A plus sign in a URL means a blank where nobody has escaped it.
  const time = new Date(text.replace(' ', '+'));
  if (ISO_8601.test(text.replace(' ', '+')) && !Number.isNaN(time.getTime())) return time;
  throw new ApiError(
    400,
    'INVALID_REQUEST',
    `"${name}" must be a time such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31.`,
  );
}

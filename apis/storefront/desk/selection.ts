import type { Static } from 'typebox';
import type { Selection } from '../../../db/endput/desk-orders.ts';
import { ApiError } from '../../http/errors.ts';
import type { RedriveOrder } from './operation-answers.ts';
import { readLetterFilter } from './letter-filter.ts';

/**
 * What an order selects, and its filter as it was asked for, null where it names single messages. Throws an `ApiError` (400)
 * for a filter that cannot be read, or that nothing can fit.
 */
export function selectionOf(asked: Static<typeof RedriveOrder>['selection']): {
  selection: Selection;
  asked: object | null;
} {
  if ('message_ids' in asked) {
    const messageIds = [...new Set(asked.message_ids.map((id) => id.toLowerCase()))];
    return { selection: { messageIds }, asked: null };
  }
  // Which state is meant follows from the order.
  const filter = { ...asked.filter };
  delete filter.state;
  const read = readLetterFilter(filter);
  if (read === undefined) {
    const message =
      'No source and no product has a NUL or half of a character in its name: leave that out of the filter.';
    throw new ApiError(400, 'INVALID_REQUEST', message);
  }
  return { selection: { filter: read }, asked: filter };
}

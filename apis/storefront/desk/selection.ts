import type { Static } from 'typebox';
import type { DeadLetterFilter } from '../../../db/endput/dead-letter-filter.ts';
import type { Selection } from '../../../db/endput/desk-orders.ts';
import { ApiError } from '../../http/errors.ts';
import type { LetterFilter, RedriveOrder } from './answers.ts';

/** What an order selects, and its filter as it was asked for, null where it names single messages. */
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
  return { selection: { filter: filterOf(filter) }, asked: filter };
}

/** A filter of the API as endput takes it. Throws an `ApiError` (400) for a text that no time can be read from. */
function filterOf(asked: Omit<LetterFilter, 'state'>): DeadLetterFilter {
  const { source, reason, cause_key, product, died_from, died_before } = asked;
  if ([source, product].some((text) => text?.includes('\0'))) {
    throw new ApiError(400, 'INVALID_REQUEST', 'No source and no product has a NUL in its name.');
  }
  return {
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
    ...(cause_key !== undefined && { causeKey: cause_key }),
    ...(product !== undefined && { product }),
    ...(died_from !== undefined && { diedFrom: timeOf('died_from', died_from) }),
    ...(died_before !== undefined && { diedBefore: timeOf('died_before', died_before) }),
  };
}

function timeOf(name: string, text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new ApiError(400, 'INVALID_REQUEST', `"${name}" is no ISO 8601 time: write 2026-01-31T12:00:00Z.`);
  }
  return time;
}

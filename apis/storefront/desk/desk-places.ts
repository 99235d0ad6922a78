import type { LetterPlace } from '../../../db/endput/dead-letters.ts';
import type { GroupPlace } from '../../../db/endput/letter-groups.ts';
import { noPlace, readPlace } from '../page-places.ts';
import { UUID_TEXT } from '../uuid.ts';

/** Where a page of the desk ends, as a text that its reader gives back for the next one. */
const LETTER_PLACE = new RegExp(`^(-?[0-9]{1,17})\\.(${UUID_TEXT})$`);
const GROUP_PLACE = new RegExp(`^([0-9]{1,15})\\.(${UUID_TEXT})$`);

export const writeLetterPlace = ({ died, messageId }: LetterPlace): string => `${died}.${messageId}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readLetterPlace(text: string | undefined): LetterPlace | undefined {
  const read = readPlace(LETTER_PLACE, text);
  return read && { died: read[0], messageId: read[1] };
}

export const writeGroupPlace = ({ letters, causeKey }: GroupPlace): string => `${letters}.${causeKey}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readGroupPlace(text: string | undefined): GroupPlace | undefined {
  const read = readPlace(GROUP_PLACE, text);
  return read && { letters: Number(read[0]), causeKey: read[1] };
}

/** A place among operations: when one was ordered, in the database's own text, as times here end at milliseconds. */
export interface OperationPlace {
  at: string;
  id: string;
}
const OPERATION_PLACE = new RegExp(
  `^(\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,6})?[+-]\\d{2}(?::\\d{2})?)~(${UUID_TEXT})$`,
);

export const writeOperationPlace = ({ at, id }: OperationPlace): string => `${at}~${id}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readOperationPlace(text: string | undefined): OperationPlace | undefined {
  const read = readPlace(OPERATION_PLACE, text);
  return read && { at: read[0], id: read[1] };
}

/** A place in the set of an operation, 0 before the first. Throws an `ApiError` (400) for a text that no page has given out. */
export function readMessagePlace(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^[0-9]{1,9}$/.test(text)) throw noPlace();
  return Number(text);
}

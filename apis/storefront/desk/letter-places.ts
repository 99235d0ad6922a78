import type { LetterPlace } from '../../../db/endput/dead-letters.ts';
import type { GroupPlace } from '../../../db/endput/letter-groups.ts';
import { noPlace } from '../page-places.ts';
import { UUID_TEXT } from '../uuid.ts';

/** Where a page of the desk ends, as a text that its reader gives back for the next one. */
const LETTER_PLACE = new RegExp(`^(-?[0-9]{1,17})\\.(${UUID_TEXT})$`);
const GROUP_PLACE = new RegExp(`^([0-9]{1,15})\\.(${UUID_TEXT})$`);

export const writeLetterPlace = ({ died, messageId }: LetterPlace): string => `${died}.${messageId}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readLetterPlace(text: string | undefined): LetterPlace | undefined {
  if (text === undefined) return undefined;
  const [, died, messageId] = LETTER_PLACE.exec(text) ?? [];
  if (died === undefined || messageId === undefined) throw noPlace();
  return { died, messageId };
}

export const writeGroupPlace = ({ letters, causeKey }: GroupPlace): string => `${letters}.${causeKey}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readGroupPlace(text: string | undefined): GroupPlace | undefined {
  if (text === undefined) return undefined;
  const [, letters, causeKey] = GROUP_PLACE.exec(text) ?? [];
  if (letters === undefined || causeKey === undefined) throw noPlace();
  return { letters: Number(letters), causeKey };
}

import { ApiError } from '../../http/errors.ts';

/** Whether endput can keep a text as it is: without a NUL, and without half of a character (a surrogate without the other). */
export const isPlain = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** A text that is to be kept, null where none is given. Throws an `ApiError` (400) for one that endput cannot keep. */
export function plainText(field: string, text: string | undefined): string | null {
  if (text === undefined || isPlain(text)) return text ?? null;
  throw new ApiError(
    400,
    'INVALID_REQUEST',
    `"${field}" has a NUL or half of a character in it, which cannot be kept: leave that out.`,
  );
}

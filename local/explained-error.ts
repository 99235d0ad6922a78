import { ConfigurationError } from '../runtime/configuration.ts';

/** What is refused or cannot be done, for a reason that the message says whole: no stack tells the user more. */
export class ExplainedError extends Error {
  override readonly name: string = 'ExplainedError';
}

/** What a command that has failed says of it: by a stack only where it is a fault of the program. */
export function inWords(error: unknown): string {
  if (error instanceof ConfigurationError) return `The settings are not valid:\n${error.message}`;
  if (error instanceof ExplainedError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

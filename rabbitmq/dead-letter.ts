import { HEADERS, writeHeaders } from './headers.ts';
import type { Publication } from './publisher.ts';
import { returning, type ReturningMessage } from './retry-transport.ts';
import { DEAD_LETTER_EXCHANGE } from './topology.ts';

/** Longest error text in a header, in characters: the header table of a message must stay small. */
const LONGEST_HEADER_TEXT = 200;

/** The publication of a dead letter: its message at the position at which it died, and in headers why. */
export function deadLetter(message: ReturningMessage, why: { reason: string; error: string }): Publication {
  return {
    ...returning(message),
    exchange: DEAD_LETTER_EXCHANGE,
    routingKey: '',
    headers: {
      ...writeHeaders(message.headers),
      [HEADERS.reason]: why.reason,
      [HEADERS.error]: why.error.slice(0, LONGEST_HEADER_TEXT).toWellFormed(),
    },
  };
}

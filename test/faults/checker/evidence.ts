/**
 * All that the stores hold of one message. The checker merges what it reads by message id, so that a million messages
 * need no more memory than one.
 */
export interface Evidence {
  messageId: string;
  /** The row of which the message was made. */
  row?: SourceRow;
  stored?: StoredOrder;
  waiting?: WaitingRetry;
  ledger?: LedgerRow;
  /** Its cycles that operators ended, by redriving, editing, discarding or bringing back its letter. */
  ended: EndedCycle[];
  /** How many consumers died on it, from `suspects`. */
  deaths?: number;
  /** Its messages in `dlq_queue`; empty too where nobody looked into the queue. */
  queued: QueuedDeadLetter[];
  /** Its attempts on record, in any order. */
  records: AttemptRecord[];
}

export interface Position {
  cycle: number;
  attempt: number;
}

/** Below 0 when `a` comes before `b`, 0 when they are equal, else above 0. */
export const comparePositions = (a: Position, b: Position): number => a.cycle - b.cycle || a.attempt - b.attempt;

/** What an order says, wherever it stands. Long texts are condensed, see `content.ts`. */
export interface OrderContent {
  system: string;
  database: string;
  schema: string;
  table: string;
  id: string;
  product: string;
  price: string;
  /** ISO 8601, UTC, with microseconds. */
  createdAt: string;
  securityCheck: boolean;
}

export interface SourceRow {
  content: OrderContent;
  /** Whether the row lies at or before the furthest position that the broker confirmed. */
  published: boolean;
  /** What is to become of it; undefined where the handler is not the shipped one. */
  expected: Expectation | undefined;
}

export type DeadLetterReason = 'attempts_exhausted' | 'invalid_message' | 'refused_by_endput' | 'consumer_crashed';

export interface Expectation {
  outcome: { kind: 'stored' } | { kind: 'dead'; reason: DeadLetterReason };
  /** How many attempts that takes. */
  attempts: number;
  /** What the message asks for. */
  processingTimes: number;
}

export interface StoredOrder {
  position: Position;
  content: OrderContent;
  /** Milliseconds since 1970, as all times here. */
  storedAt: number;
}

/** What a kept body says, or why it cannot be read. */
export type BodyContent =
  { messageId: string; processingTimes: number; content: OrderContent } | { unreadable: string };

export interface WaitingRetry {
  position: Position;
  source: string;
  dueAt: number;
  firstFailedAt: number;
  failedAt: number;
  body: BodyContent;
}

export interface LedgerRow {
  position: Position;
  /** Cycles in which no attempt was made: they were given to bring the letter back after a discard. */
  restoredCycles: number[];
  source: string;
  reason: string;
  state: string;
  firstSeenAt: number;
  diedAt: number;
  body: BodyContent;
  /** SHA-256 of the body, hexadecimal. */
  bodyHash: string;
}

/** The last attempt of a cycle in which a letter had died, from the history of what operators did with it. */
export interface EndedCycle {
  position: Position;
  /** When the last of the operations on it was ordered; the next cycle began after that. */
  orderedAt: number;
  /** Whether one of them edited the body: then its row says nothing of the cycles after it. */
  edited: boolean;
}

export interface QueuedDeadLetter {
  position: Position;
  reason: string;
  bodyHash: string;
}

export interface AttemptRecord {
  position: Position;
  outcome: string;
  processedAt: number;
  /** Missing where the message could not be read. */
  processingTimes: number | undefined;
  /** Whether the key under which it is kept says the same as the record itself. */
  isConsistent: boolean;
}

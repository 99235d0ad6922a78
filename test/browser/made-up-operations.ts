import { randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { LetterFilter, Operation, OperationMessage, RedriveOrder } from '../../apis/storefront/desk/answers.ts';
import type { MadeUpLetter } from './made-up-letters.ts';

type Ordered = Static<typeof Operation>;

/** What a made-up desk was ordered to do. It moves when it is told to, a step at a time. */
export interface MadeUpOperation {
  shown: Ordered;
  /** The frozen set. */
  all: readonly MadeUpLetter[];
  /** What is left of it. */
  left: MadeUpLetter[];
  /** Sent, and without an outcome yet. */
  sent: MadeUpLetter[];
  stepDead: number;
}

export function startOperation(
  kind: Ordered['kind'],
  actor: string,
  letters: readonly MadeUpLetter[],
  order: Pick<Static<typeof RedriveOrder>, 'rate' | 'canary' | 'comment'> & {
    filter?: Static<typeof LetterFilter> | undefined;
  },
): MadeUpOperation {
  const left = letters.filter(({ redrivable }) => kind !== 'redrive' || redrivable);
  return {
    all: letters,
    left: [...left],
    sent: [],
    stepDead: 0,
    shown: {
      id: randomUUID(),
      kind,
      state: 'running',
      state_reason: null,
      actor,
      comment: order.comment ?? null,
      filter: order.filter ?? null,
      rate: order.rate ?? null,
      canary: order.canary ? { max_dead_share: order.canary.max_dead_share, step: 1 } : null,
      ordered_at: new Date().toISOString(),
      finished_at: null,
      messages: {
        total: letters.length,
        waiting: left.length,
        sent: 0,
        stored: 0,
        dead_again: 0,
        skipped: letters.length - left.length,
      },
    },
  };
}

/** What became of each message of the set. */
export function messagesOf({ all, left, sent, shown }: MadeUpOperation): Static<typeof OperationMessage>[] {
  const stateOf = (letter: MadeUpLetter) => {
    if (shown.kind === 'redrive' && !letter.redrivable) return 'skipped';
    if (left.includes(letter)) return 'waiting';
    if (shown.kind === 'discard' || shown.kind === 'restore') return 'marked';
    if (sent.includes(letter)) return 'sent';
    return letter.state === 'resolved' ? 'stored' : 'dead_again';
  };
  return all.map((letter, index) => {
    const { message_id, cycle, attempt, reason, error_kind, error_message } = letter;
    const state = stateOf(letter);
    const because = state === 'skipped' ? 'its body is no message that a consumer takes' : null;
    const before = { cycle, attempt, reason, error_kind, error_message };
    return { place: index + 1, message_id, state, skipped_because: because, ...before, acted_at: null };
  });
}

/** Outcomes of what is sent come in, then more is sent: `atOnce` of it, or a step of the canary. */
export function advance(operation: MadeUpOperation, atOnce: number): void {
  const { shown, left, sent } = operation;
  const { messages, canary } = shown;
  for (const letter of sent.splice(0)) {
    const isStored = letter.fate === 'stored';
    letter.state = isStored ? 'resolved' : 'dead';
    letter.attempt = 5;
    if (isStored) messages.stored += 1;
    else {
      letter.died_at = new Date().toISOString();
      messages.dead_again += 1;
      operation.stepDead += 1;
    }
  }
  if (shown.state !== 'running') return;
  if (canary && messages.sent > 0) {
    if (operation.stepDead > canary.max_dead_share * canary.step) {
      shown.state = 'stopped';
      shown.state_reason = `${operation.stepDead} of ${canary.step} died again`;
      return;
    }
    canary.step *= 10;
    operation.stepDead = 0;
  }
  const next = left.splice(0, canary ? canary.step : atOnce);
  messages.waiting -= next.length;
  messages.sent += next.length;
  if (shown.kind === 'redrive' || shown.kind === 'edit') sent.push(...next);
  else for (const letter of next) letter.state = shown.kind === 'discard' ? 'discarded' : 'dead';
  if (left.length > 0) return;
  shown.state = 'done';
  shown.finished_at = new Date().toISOString();
}

import { randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { LetterFilter } from '../../apis/storefront/desk/letter-answers.ts';
import type { Operation, OperationMessage, RedriveOrder } from '../../apis/storefront/desk/operation-answers.ts';
import { attemptOf, type MadeUpLetter } from './made-up-letters.ts';

type Ordered = Static<typeof Operation>;
type Message = Static<typeof OperationMessage>;

/** What a made-up desk was ordered to do. It moves when it is told to, a step at a time. */
export interface MadeUpOperation {
  shown: Ordered;
  /** The frozen set, in the order in which its letters died, and what became of each. */
  set: { letter: MadeUpLetter; message: Message }[];
  /** Of an edit. */
  edited: { body: string; source: string; product: string } | undefined;
  /** What was sent and had died again before the step of the canary. */
  before: { sent: number; dead: number };
}

/** What an operation takes: letters in this state. */
export const takes = (kind: Ordered['kind']): MadeUpLetter['state'] => (kind === 'restore' ? 'discarded' : 'dead');

/** Freezes the set of an operation; nothing is done with it yet. */
export function startOperation(
  kind: Ordered['kind'],
  actor: string,
  letters: readonly MadeUpLetter[],
  order: Pick<Static<typeof RedriveOrder>, 'rate' | 'canary' | 'comment'> & {
    filter?: Static<typeof LetterFilter> | undefined;
    edited?: MadeUpOperation['edited'];
  },
): MadeUpOperation {
  const inOrder = [...letters].sort((a, b) => a.died_at.localeCompare(b.died_at));
  const set = inOrder.map((letter, index) => {
    const { message_id, cycle, attempt, reason, error_kind, error_message } = letter;
    const died = { cycle, attempt, reason, error_kind, error_message };
    const message: Message = {
      place: index + 1,
      message_id,
      state: 'waiting',
      skipped_because: null,
      ...died,
      acted_at: null,
    };
    return { letter, message };
  });
  return {
    set,
    edited: order.edited,
    before: { sent: 0, dead: 0 },
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
      messages: { total: set.length, waiting: set.length, sent: 0, stored: 0, dead_again: 0, skipped: 0 },
    },
  };
}

/** Outcomes of what is sent come in, then more is sent: `atOnce` of it, or a step of the canary. */
export function advance(
  operation: MadeUpOperation,
  { atOnce, holdsOutcomes }: { atOnce: number; holdsOutcomes: boolean },
): void {
  const { shown, set } = operation;
  const { messages } = shown;
  for (const { letter, message } of set) {
    if (holdsOutcomes || message.state !== 'sent') continue;
    settle(letter);
    message.state = letter.state === 'resolved' ? 'stored' : 'dead_again';
    messages[message.state] += 1;
  }
  if (shown.state !== 'running' || !goesOn(operation)) return;
  let left = shown.canary ? shown.canary.step - (messages.sent - operation.before.sent) : atOnce;
  for (const { letter, message } of set) {
    if (message.state !== 'waiting') continue;
    // What is left alone is no part of a step.
    if (left === 0) break;
    const because = whySkipped(shown.kind, letter, message);
    messages.waiting -= 1;
    if (because !== undefined) {
      Object.assign(message, { state: 'skipped', skipped_because: because });
      messages.skipped += 1;
      continue;
    }
    act(operation, letter, message);
    messages.sent += 1;
    left -= 1;
  }
  if (messages.waiting > 0) return;
  shown.state = 'done';
  shown.finished_at = new Date().toISOString();
}

/** Judges the step of the canary once it is sent: it goes on with the next one, or stops. */
function goesOn(operation: MadeUpOperation): boolean {
  const { shown, set, before } = operation;
  const { messages, canary } = shown;
  const sent = messages.sent - before.sent;
  if (canary === null || sent < canary.step) return true;
  // It waits for every outcome of the step.
  if (messages.stored + messages.dead_again < messages.sent) return false;
  const dead = messages.dead_again - before.dead;
  if (dead / sent > canary.max_dead_share) {
    const often = set.findLast(({ message }) => message.state === 'dead_again')?.letter.error_message ?? '';
    const [share, most] = [dead / sent, canary.max_dead_share].map((of) => `${Math.round(of * 1000) / 10} %`);
    shown.state = 'stopped';
    shown.state_reason = `${dead} of the ${sent} messages of this step died again (${share}, ${most} may); most often: ${often}`;
    return false;
  }
  nextStep(operation);
  return true;
}

/** The canary goes on with ten times as many. */
export function nextStep({ shown: { canary, messages }, before }: MadeUpOperation): void {
  if (canary) canary.step *= 10;
  Object.assign(before, { sent: messages.sent, dead: messages.dead_again });
}

function whySkipped(kind: Ordered['kind'], letter: MadeUpLetter, frozen: Message): string | undefined {
  if (letter.state === 'resolved') return 'its order is stored';
  if (letter.state !== takes(kind)) return `it is ${letter.state} meanwhile`;
  if (letter.cycle !== frozen.cycle || letter.attempt !== frozen.attempt) return 'it has died again meanwhile';
  return kind === 'redrive' && !letter.redrivable ? 'its body does not claim to be this message: edit it' : undefined;
}

const ACTIONS = { redrive: 'redriven', edit: 'edited', discard: 'discarded', restore: 'restored' } as const;

/** Changes a letter as it was ordered, and writes that into its history. */
function act({ shown, edited }: MadeUpOperation, letter: MadeUpLetter, message: Message): void {
  const { id, kind, actor, comment } = shown;
  const { cycle, attempt, reason, error_kind, error_message } = letter;
  const at = new Date().toISOString();
  letter.history.push({
    at,
    actor,
    action: ACTIONS[kind],
    operation_id: id,
    comment,
    before: { cycle, attempt, reason, error_kind, error_message },
    body_before: edited ? letter.body.text : null,
    body_after: edited?.body ?? null,
  });
  message.acted_at = at;
  message.state = kind === 'discard' || kind === 'restore' ? 'marked' : 'sent';
  if (kind !== 'discard') letter.cycle += 1;
  if (edited) {
    const { body: text, source, product } = edited;
    const body = { ...letter.body, text, bytes: Buffer.byteLength(text) };
    Object.assign(letter, { body, source, product, redrivable: true, fate: 'stored' });
  }
  if (message.state === 'sent') Object.assign(letter, { state: 'redriving', attempt: 0 });
  else letter.state = kind === 'discard' ? 'discarded' : 'dead';
}

/** What becomes of a letter that is on its way: it is stored at its first attempt, or dies at its last one. */
function settle(letter: MadeUpLetter): void {
  const at = new Date().toISOString();
  const { cycle, error_message: error } = letter;
  if (letter.fate === 'stored') {
    letter.state = 'resolved';
    letter.timeline.push(attemptOf(cycle, 1, 'succeeded', at));
    return;
  }
  const attempts = letter.reason === 'attempts_exhausted' ? 5 : 1;
  for (let attempt = 1; attempt <= attempts; attempt += 1)
    letter.timeline.push(attemptOf(cycle, attempt, attempt === attempts ? 'dead' : 'retrying', at, error));
  Object.assign(letter, { state: 'dead', attempt: attempts, died_at: at, headers: { ...letter.headers, cycle } });
}

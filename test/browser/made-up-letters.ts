import { createHash, randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { LetterDetails, LetterFilter, LetterGroup } from '../../apis/storefront/desk/letter-answers.ts';
import type { TimelineAttempt } from '../../apis/storefront/order-answers.ts';

/** A dead letter of a made-up desk, and what becomes of it when it is redriven as it is. */
export interface MadeUpLetter extends Static<typeof LetterDetails> {
  fate: 'stored' | 'dead';
}

/** The error without what differs between messages; the desk itself asks the database for it. */
export const causeOf = (message: string) => message.replaceAll(/"[^"]*"/g, '…').replaceAll(/\d+(\.\d+)?/g, '#');
const keyOf = (cause: string) =>
  createHash('md5')
    .update(cause)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** An attempt from the log; without an error it succeeded. */
export const attemptOf = (
  cycle: number,
  attempt: number,
  outcome: 'succeeded' | 'retrying' | 'dead',
  at: string,
  error?: string,
): Static<typeof TimelineAttempt> => ({
  cycle,
  attempt,
  record: 'recorded',
  outcome,
  at,
  duration_ms: 3.4,
  info: null,
  error: error === undefined ? null : { kind: 'transient', message: error },
  next_attempt_at: null,
  consumer: 'worker:12',
});

/** A dead letter; `minutesAgo` is when it died. */
export function madeUpLetter(of: Partial<MadeUpLetter> & { minutesAgo?: number; price?: string } = {}): MadeUpLetter {
  const { minutesAgo = 3, price = '12.50', ...given } = of;
  const id = given.message_id ?? randomUUID();
  const product = given.product === undefined ? 'White mug' : given.product;
  const died = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const error = given.error_message ?? 'simulated failure: never succeeds';
  const reason = given.reason ?? 'attempts_exhausted';
  const attempts = reason === 'attempts_exhausted' ? 5 : 1;
  const timeline: Static<typeof TimelineAttempt>[] = Array.from({ length: attempts }, (_, index) =>
    attemptOf(0, index + 1, index + 1 === attempts ? 'dead' : 'retrying', died, error),
  );
  const text = JSON.stringify({
    schema_version: 1,
    message_id: id,
    processing: { processing_times: 2 },
    origin: {
      system: given.source ?? 'system_1',
      database_resource: 'system_1',
      schema_resource: 'public',
      table_resource: 'orders',
    },
    order: { id: 149, product, price, created_at: '2026-01-01T09:00:00.000000Z', security_check: true },
  });
  return {
    message_id: id,
    state: 'dead',
    source: 'system_1',
    reason,
    error_kind: 'transient',
    error_message: error,
    cause_key: keyOf(`${reason} ${causeOf(error)}`),
    product,
    cycle: 0,
    attempt: attempts,
    first_seen_at: died,
    died_at: died,
    type: 'order',
    headers: { attempt: attempts, cycle: 0, traceparent: `00-${id.replaceAll('-', '')}-0000000000000000-01` },
    body: { encoding: 'utf8', text, bytes: Buffer.byteLength(text), cut: false },
    redrivable: true,
    history: [],
    log: 'complete',
    timeline,
    fate: 'dead',
    ...given,
  };
}

/** 120 dead letters of three causes: half of them have no price, and are stored once they have one. */
export const madeUpLetters = (): MadeUpLetter[] =>
  Array.from({ length: 120 }, (_, index) => {
    const source = index % 3 === 0 ? 'system_2' : 'system_1';
    const minutesAgo = 1 + index / 2;
    const product = ['White mug', 'Oak desk', 'Linen shirt', 'Trail shoes', 'Olive oil'][index % 5] ?? '';
    if (index % 4 < 2) return madeUpLetter({ source, minutesAgo, product });
    if (index % 4 === 2)
      return madeUpLetter({
        source,
        minutesAgo,
        product,
        price: '-1.00',
        reason: 'invalid_message',
        error_kind: 'invalid_message',
        error_message: 'invalid order: price "-1.00" is not a positive number with at most 2 decimals',
      });
    return madeUpLetter({
      source,
      minutesAgo,
      product,
      reason: 'refused_by_endput',
      error_kind: 'refused_by_endput',
      error_message: `value "${index * 1_000_003}" is out of range for type integer`,
    });
  });

/** Whether a letter fits a filter, as the desk's own does. */
export const fits = (filter: Static<typeof LetterFilter>) => (letter: MadeUpLetter) =>
  (filter.state === undefined || letter.state === filter.state) &&
  (filter.source === undefined || letter.source === filter.source) &&
  (filter.reason === undefined || letter.reason === filter.reason) &&
  (filter.cause_key === undefined || letter.cause_key === filter.cause_key) &&
  (filter.product === undefined || (letter.product ?? '').toLowerCase().includes(filter.product.toLowerCase())) &&
  (filter.died_from === undefined || Date.parse(letter.died_at) >= Date.parse(filter.died_from)) &&
  (filter.died_before === undefined || Date.parse(letter.died_at) < Date.parse(filter.died_before));

/** The groups of some letters, largest first. */
export function groupsOf(letters: readonly MadeUpLetter[]): Static<typeof LetterGroup>[] {
  const groups = groupBy(letters, ({ cause_key }) => cause_key);
  const made = [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const died = members.map(({ died_at }) => died_at).sort();
    return {
      cause_key: first.cause_key,
      cause: causeOf(first.error_message),
      reason: first.reason,
      error_kind: first.error_kind,
      count: members.length,
      first_died_at: died[0] ?? '',
      last_died_at: died.at(-1) ?? '',
      sources: countBy(members, ({ source }) => source).map(([source, count]) => ({ source, count })),
      example: { message_id: first.message_id, product: first.product, error_message: first.error_message },
    };
  });
  return made.sort((a, b) => b.count - a.count);
}

export const countBy = (letters: readonly MadeUpLetter[], key: (letter: MadeUpLetter) => string) =>
  [...groupBy(letters, key)].map(([name, members]) => [name, members.length] as const).sort();

function groupBy(letters: readonly MadeUpLetter[], key: (letter: MadeUpLetter) => string) {
  const groups = new Map<string, MadeUpLetter[]>();
  for (const letter of letters) groups.set(key(letter), [...(groups.get(key(letter)) ?? []), letter]);
  return groups;
}

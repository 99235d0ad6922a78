import type { DeviationKind } from './deviation.ts';
import type { AttemptRecord, Evidence } from './evidence.ts';
import { LOOK, MAX_ATTEMPTS, NOW } from './books-under-test.ts';

/** A fault that can be planted into the evidence of some messages, and as what it must be found. */
export interface PlantedFault {
  name: string;
  kind: DeviationKind;
  /** The fault in a copy of the evidence; undefined where it does not apply to this message. */
  plant: (evidence: Evidence) => Evidence | undefined;
}

const { logExpiredBefore } = LOOK;
const last = (records: readonly AttemptRecord[]): AttemptRecord | undefined => records.at(-1);
const without = (records: readonly AttemptRecord[], gone: AttemptRecord) => records.filter((record) => record !== gone);
/** Of a letter on which operators acted: the records of its first cycle. */
const endedRecords = ({ ended, records }: Evidence) =>
  ended.length > 0 ? records.filter(({ position }) => position.cycle === 0) : [];
const isYoung = (evidence: Evidence) => (evidence.stored?.storedAt ?? evidence.ledger?.diedAt ?? 0) > logExpiredBefore;

/** Faults of a message in its first cycle, in which it still stands. */
const IN_FIRST_CYCLE: PlantedFault[] = [
  {
    name: 'a stored order vanishes',
    kind: 'lost',
    plant: ({ stored, ...others }) => (stored && others.records.length > 0 ? others : undefined),
  },
  {
    name: 'a dead letter vanishes from ledger and log',
    kind: 'lost',
    plant: ({ ledger, ...others }) => ledger && { ...others, records: [] },
  },
  {
    name: 'a dead letter vanishes from the ledger, and its message is found in dlq_queue',
    kind: 'dead_letter_not_in_ledger',
    plant: ({ ledger, ...others }) => ledger && others,
  },
  {
    name: 'a retry vanishes',
    kind: 'lost',
    plant: ({ waiting, ...others }) => (waiting && others.records.length > 0 ? others : undefined),
  },
  {
    name: 'an order is stored and dead',
    kind: 'doubled',
    plant: (evidence) => {
      const { ledger, row } = evidence;
      return (
        ledger &&
        row && { ...evidence, stored: { position: ledger.position, content: row.content, storedAt: ledger.diedAt } }
      );
    },
  },
  {
    name: 'a retry waits and is long overdue although the order is stored',
    kind: 'doubled',
    plant: (evidence) => {
      const { stored, messageId } = evidence;
      const body = {
        messageId,
        processingTimes: evidence.row?.expected?.processingTimes ?? 0,
        content: stored?.content,
      };
      return (
        stored && {
          ...evidence,
          waiting: {
            position: { cycle: 0, attempt: 1 },
            source: 'system_1',
            dueAt: NOW - 120_000,
            failedAt: NOW - 130_000,
            firstFailedAt: NOW - 130_000,
            body: { ...body, content: stored.content },
          },
        }
      );
    },
  },
  {
    name: 'a message that was to die is stored',
    kind: 'wrong_outcome',
    plant: ({ ledger, ...others }) =>
      ledger &&
      others.row && {
        ...others,
        stored: { position: ledger.position, content: others.row.content, storedAt: ledger.diedAt },
      },
  },
  {
    name: 'a dead letter has another reason',
    kind: 'wrong_outcome',
    plant: (evidence) => {
      const { ledger } = evidence;
      const reason = ledger?.reason === 'invalid_message' ? 'attempts_exhausted' : 'invalid_message';
      return ledger && { ...evidence, ledger: { ...ledger, reason } };
    },
  },
  {
    name: 'an order is stored at another attempt',
    kind: 'wrong_attempt',
    plant: (evidence) =>
      evidence.stored && {
        ...evidence,
        stored: { ...evidence.stored, position: { cycle: 0, attempt: evidence.stored.position.attempt + 1 } },
      },
  },
  ...(['product', 'price', 'createdAt', 'id', 'system', 'database', 'schema', 'table'] as const).map(
    (field): PlantedFault => ({
      name: `a stored order has another ${field}`,
      kind: 'wrong_content',
      plant: (evidence) => {
        const { stored } = evidence;
        return (
          stored && {
            ...evidence,
            stored: { ...stored, content: { ...stored.content, [field]: `not ${stored.content[field]}` } },
          }
        );
      },
    }),
  ),
  {
    name: 'a dead letter asks for other attempts than its row',
    kind: 'wrong_content',
    plant: (evidence) => {
      const { ledger } = evidence;
      if (!ledger || 'unreadable' in ledger.body) return undefined;
      return { ...evidence, ledger: { ...ledger, body: { ...ledger.body, processingTimes: 99 } } };
    },
  },
  {
    name: 'the body of a waiting retry is broken',
    kind: 'wrong_content',
    plant: (evidence) =>
      evidence.waiting && {
        ...evidence,
        waiting: { ...evidence.waiting, body: { unreadable: 'the body is not JSON' } },
      },
  },
  {
    name: 'the row of a stored order or waiting retry is in no source',
    kind: 'no_source',
    plant: ({ row, ...others }) => (row && (others.stored ?? others.waiting) ? others : undefined),
  },
  {
    name: 'the last attempt is not on record',
    kind: 'attempt_missing',
    plant: (evidence) => {
      const record = last(evidence.records);
      return record && isYoung(evidence) ? { ...evidence, records: without(evidence.records, record) } : undefined;
    },
  },
  {
    name: 'an attempt between others is not on record',
    kind: 'attempt_missing',
    plant: (evidence) => {
      const [first, second, third] = evidence.records;
      return first && second && third && { ...evidence, records: without(evidence.records, second) };
    },
  },
  {
    name: 'the first attempt of a dead letter that began within the TTL is not on record',
    kind: 'attempt_missing',
    plant: (evidence) => {
      const [first] = evidence.records;
      if (!first || !evidence.ledger || evidence.ledger.firstSeenAt <= logExpiredBefore) return undefined;
      return { ...evidence, records: without(evidence.records, first) };
    },
  },
  {
    name: 'an attempt is on record twice',
    kind: 'attempt_doubled',
    plant: (evidence) => {
      const record = last(evidence.records);
      return record && { ...evidence, records: [...evidence.records, record] };
    },
  },
  {
    name: 'one attempt too many is on record',
    kind: 'attempt_too_high',
    plant: (evidence) => {
      const record = last(evidence.records);
      if (!record || !(evidence.stored ?? evidence.ledger)) return undefined;
      const position = { cycle: 0, attempt: record.position.attempt + 1 };
      return { ...evidence, records: [...evidence.records, { ...record, position }] };
    },
  },
  {
    name: `attempt ${MAX_ATTEMPTS + 1} of a waiting message is on record`,
    kind: 'attempt_too_high',
    plant: (evidence) => {
      const record = last(evidence.records);
      if (!record || !evidence.waiting) return undefined;
      const position = { cycle: 0, attempt: MAX_ATTEMPTS + 1 };
      return { ...evidence, records: [...evidence.records, { ...record, position }] };
    },
  },
  {
    name: 'a record says another outcome',
    kind: 'attempt_differs',
    plant: (evidence) => {
      const record = last(evidence.records);
      const outcome = record?.outcome === 'dead' ? 'succeeded' : 'dead';
      return record && { ...evidence, records: [...without(evidence.records, record), { ...record, outcome }] };
    },
  },
  {
    name: 'a record asks for other attempts than its row',
    kind: 'attempt_differs',
    plant: (evidence) => {
      const record = last(evidence.records);
      return (
        record && { ...evidence, records: [...without(evidence.records, record), { ...record, processingTimes: 99 }] }
      );
    },
  },
  {
    name: 'a message is on record and nowhere else',
    kind: 'attempt_of_nothing',
    plant: ({ messageId, records }) => (records.length > 0 ? { messageId, records, ended: [], queued: [] } : undefined),
  },
  {
    name: 'the message of a dead letter is not in dlq_queue',
    kind: 'dead_letter_not_in_queue',
    plant: (evidence) => evidence.ledger && { ...evidence, queued: [] },
  },
  {
    name: 'a message of nobody is in dlq_queue',
    kind: 'dead_letter_not_in_ledger',
    plant: (evidence) =>
      evidence.stored && {
        ...evidence,
        queued: [{ position: { cycle: 0, attempt: 1 }, reason: 'attempts_exhausted', bodyHash: 'none' }],
      },
  },
  {
    name: 'the message in dlq_queue has another body',
    kind: 'dead_letter_differs',
    plant: (evidence) =>
      evidence.ledger && { ...evidence, queued: evidence.queued.map((message) => ({ ...message, bodyHash: 'other' })) },
  },
];

/** Faults in the first cycle of a letter on which operators acted since. */
const IN_ENDED_CYCLE: PlantedFault[] = [
  {
    name: 'the last attempt of an ended cycle is not on record',
    kind: 'attempt_missing',
    plant: (evidence) => {
      const records = endedRecords(evidence);
      const record = last(records);
      const { ledger } = evidence;
      // When it died first is not known once it has died again, unless something of that cycle is.
      const isTimeKnown = ledger?.state !== 'dead' || records.length > 1 || ledger.firstSeenAt > logExpiredBefore;
      return record && isTimeKnown ? { ...evidence, records: without(evidence.records, record) } : undefined;
    },
  },
  {
    name: 'an attempt between others of an ended cycle is not on record',
    kind: 'attempt_missing',
    plant: (evidence) => {
      const [first, second, third] = endedRecords(evidence);
      return first && second && third && { ...evidence, records: without(evidence.records, second) };
    },
  },
  {
    name: 'the first attempt of the cycle after is not on record, though the row is old',
    kind: 'attempt_missing',
    plant: (evidence) => {
      const { ended, records } = evidence;
      const first = records.find(({ position }) => position.cycle > 0 && position.attempt === 1);
      const isYoungCycle = ended.some(({ orderedAt }) => orderedAt > logExpiredBefore);
      return first && isYoungCycle ? { ...evidence, records: without(records, first) } : undefined;
    },
  },
  {
    name: 'an attempt of an ended cycle is on record twice',
    kind: 'attempt_doubled',
    plant: (evidence) => {
      const record = last(endedRecords(evidence));
      return record && { ...evidence, records: [...evidence.records, record] };
    },
  },
  {
    name: 'one attempt too many of an ended cycle is on record',
    kind: 'attempt_too_high',
    plant: (evidence) => {
      const record = last(endedRecords(evidence));
      if (!record) return undefined;
      const position = { cycle: 0, attempt: record.position.attempt + 1 };
      return { ...evidence, records: [...evidence.records, { ...record, position }] };
    },
  },
  {
    name: 'a letter that was sent again as it was waits after the last attempt that its row demands',
    kind: 'wrong_attempt',
    plant: (evidence) => {
      const { ledger, row } = evidence;
      if (ledger?.state !== 'redriving' || !row?.expected) return undefined;
      const { source, body } = ledger;
      const position = { ...ledger.position, attempt: row.expected.attempts };
      return {
        ...evidence,
        waiting: { position, source, body, dueAt: NOW + 10_000, firstFailedAt: NOW, failedAt: NOW },
        ended: evidence.ended.map((cycle) => ({ ...cycle, edited: false })),
      };
    },
  },
  {
    name: 'the record of a death that was ended says another outcome',
    kind: 'attempt_differs',
    plant: (evidence) => {
      const record = last(endedRecords(evidence));
      return (
        record && {
          ...evidence,
          records: [...without(evidence.records, record), { ...record, outcome: 'retrying' }],
        }
      );
    },
  },
];

export const FAULTS: PlantedFault[] = [
  ...IN_FIRST_CYCLE.map(({ plant, ...fault }): PlantedFault => ({
    ...fault,
    plant: (evidence) => (evidence.ended.length === 0 ? plant(evidence) : undefined),
  })),
  ...IN_ENDED_CYCLE,
];

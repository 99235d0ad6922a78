import { readDeadLetter } from '../../../../db/endput/dead-letters.ts';
import { readLetterGroups } from '../../../../db/endput/letter-groups.ts';
import { readLetterPage } from '../../../../db/endput/letter-pages.ts';
import { readTotals } from '../../../../db/endput/totals.ts';
import type { Pool } from '../../../../db/pool.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import type { QueueDepths } from '../queue-depths.ts';
import { GroupQuery, LetterGroupPage, LetterPage, LetterQuery, LetterSummary } from '../letter-answers.ts';
import type { Guard } from '../guard.ts';
import { readLetterFilter } from '../letter-filter.ts';
import { readGroupPlace, readLetterPlace, writeGroupPlace, writeLetterPlace } from '../desk-places.ts';
import { shownGroup, shownLetter, shownSummary } from '../shown-letters.ts';

const ERRORS = errorAnswers({ 400: 'A query parameter is wrong.', 503: 'Endput is away, or took too long.' });

/** What is dead: `GET /v0/dead-letters`, by page and by filter, its groups, and their sum. */
export function registerDeadLetters(
  app: HttpServer,
  services: { pool: Pool; queues: QueueDepths; guard: Pick<Guard, 'reading'> },
): void {
  const { pool, queues, guard } = services;
  app.get(
    '/v0/dead-letters/summary',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'How many dead letters there are, by source, state and reason',
        description: 'Exact once `complete` is true, and at most a moment behind endput.',
        response: { 200: LetterSummary, ...errorAnswers({ 503: 'Endput is away, or took too long.' }) },
      },
    },
    async () => {
      const [totals, depths] = await Promise.all([onEndput(() => readTotals(pool)), queues.read()]);
      return shownSummary(totals, depths.deadLetters, new Date());
    },
  );
  app.get(
    '/v0/dead-letters/groups',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'Dead letters by cause, the largest group first',
        description:
          'A cause is an error message without what differs from one message to the next: ids, numbers, quoted parts.',
        querystring: GroupQuery,
        response: { 200: LetterGroupPage, ...ERRORS },
      },
    },
    async (request) => {
      const { after, limit, ...asked } = request.query;
      const filter = readLetterFilter(asked);
      const place = readGroupPlace(after);
      if (filter === undefined) return { groups: [], next: null, complete: true };
      const { groups, next, complete } = await onEndput(() => readLetterGroups(pool, filter, limit, place));
      return { groups: groups.map(shownGroup), next: next ? writeGroupPlace(next) : null, complete };
    },
  );
  app.get(
    '/v0/dead-letters',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'Dead letters that fit a filter, by the time of their death',
        querystring: LetterQuery,
        response: { 200: LetterPage, ...ERRORS },
      },
    },
    async (request) => {
      const { message_id, order, after, limit, ...asked } = request.query;
      const filter = readLetterFilter(asked);
      const place = readLetterPlace(after);
      if (filter === undefined) return { dead_letters: [], next: null };
      if (message_id !== undefined) {
        const letter = await onEndput(() => readDeadLetter(pool, message_id, filter));
        return { dead_letters: letter === undefined ? [] : [shownLetter(letter)], next: null };
      }
      const { letters, next } = await onEndput(() => readLetterPage(pool, filter, { order, limit, after: place }));
      return { dead_letters: letters.map(shownLetter), next: next ? writeLetterPlace(next) : null };
    },
  );
}

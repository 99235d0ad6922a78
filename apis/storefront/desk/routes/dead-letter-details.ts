import Type from 'typebox';
import type { AttemptLog } from '../../../../db/attempt-log/attempt-log.ts';
import { readDeadLetterContent } from '../../../../db/endput/dead-letters.ts';
import { readLetterHistory } from '../../../../db/endput/letter-history.ts';
import { readStandings } from '../../../../db/endput/standings.ts';
import { readStoredOrder } from '../../../../db/endput/stored-orders.ts';
import type { Pool } from '../../../../db/pool.ts';
import type { Logger } from '../../../../runtime/logger.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import { ApiError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { readHistory } from '../../log-reader.ts';
import { orderDetails } from '../../order-details.ts';
import { LetterDetails } from '../letter-answers.ts';
import type { Guard } from '../guard.ts';
import { isRedrivable } from '../letter-publications.ts';
import { shownBody, shownEvent, shownLetter } from '../shown-letters.ts';
import { UUID_PATTERN } from '../../uuid.ts';

export interface DetailServices {
  pool: Pool;
  attemptLog: AttemptLog;
  attemptLogTtl: number;
  maxAttempts: number;
  logger: Logger;
  guard: Pick<Guard, 'reading'>;
}

/** `GET /v0/dead-letters/{message_id}`: all that is known of one. */
export function registerDeadLetterDetails(app: HttpServer, services: DetailServices): void {
  const { pool, attemptLog, logger } = services;
  app.get(
    '/v0/dead-letters/:message_id',
    {
      onRequest: services.guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'One dead letter: body, headers, error, what was done to it, every attempt',
        params: Type.Object({ message_id: Type.String({ pattern: UUID_PATTERN }) }),
        response: {
          200: LetterDetails,
          ...errorAnswers({
            400: 'This is no message id.',
            404: 'There is no such dead letter.',
            503: 'Endput is away, or took too long.',
          }),
        },
      },
    },
    async (request) => {
      const messageId = request.params.message_id.toLowerCase();
      const [[letter, standings, stored, history], records] = await Promise.all([
        onEndput(() =>
          Promise.all([
            readDeadLetterContent(pool, messageId),
            readStandings(pool, [messageId]),
            readStoredOrder(pool, messageId),
            readLetterHistory(pool, messageId),
          ]),
        ),
        readHistory(attemptLog, messageId, logger),
      ]);
      if (letter === undefined) throw new ApiError(404, 'DEAD_LETTER_UNKNOWN', `${messageId} is no dead letter.`);
      const details = orderDetails({
        messageId,
        standing: standings.get(messageId),
        stored,
        unstored: letter,
        records,
        maxAttempts: services.maxAttempts,
        ttl: services.attemptLogTtl,
        now: new Date(),
      });
      return {
        ...shownLetter(letter),
        type: letter.type,
        headers: letter.headers,
        body: shownBody(letter),
        redrivable: isRedrivable(letter.body, messageId),
        history: history.map(shownEvent),
        log: details?.history ?? 'unavailable',
        timeline: details?.timeline ?? [],
      };
    },
  );
}

import Type from 'typebox';
import type { AttemptLog } from '../../../db/attempt-log/attempt-log.ts';
import { readStandings } from '../../../db/endput/standings.ts';
import { readStoredOrder } from '../../../db/endput/stored-orders.ts';
import { readUnstoredMessage } from '../../../db/endput/unstored-message.ts';
import type { Pool } from '../../../db/pool.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { errorAnswers } from '../../http/error-answers.ts';
import { ApiError } from '../../http/errors.ts';
import type { HttpServer } from '../../http/http-server.ts';
import { onEndput } from '../endput-reads.ts';
import { readHistory } from '../log-reader.ts';
import { OrderDetails } from '../order-answers.ts';
import { orderDetails } from '../order-details.ts';
import { UUID_PATTERN } from '../uuid.ts';

/** `GET /v0/orders/{message_id}`: where an order stands, and every attempt of it. */
export function registerOrderDetails(
  app: HttpServer,
  services: { pool: Pool; attemptLog: AttemptLog; attemptLogTtl: number; maxAttempts: number; logger: Logger },
): void {
  const { pool, attemptLog, attemptLogTtl, maxAttempts, logger } = services;
  app.get(
    '/v0/orders/:message_id',
    {
      schema: {
        tags: ['orders'],
        summary: 'Where an order stands, and every attempt of it',
        description:
          'Of any order that a consumer has had in hand: stored, waiting or dead. State and position are those of endput; ' +
          'the timeline is that of the attempt log, which forgets. Where the log is away, the rest is answered all the same.',
        params: Type.Object({ message_id: Type.String({ pattern: UUID_PATTERN }) }),
        response: {
          200: OrderDetails,
          ...errorAnswers({
            400: 'This is no message id.',
            404: 'Neither endput nor the attempt log knows it.',
            503: 'Endput is away; or it does not know the order, and the attempt log is away.',
          }),
        },
      },
    },
    async (request) => {
      const messageId = request.params.message_id.toLowerCase();
      const [[standings, stored, unstored], records] = await Promise.all([
        onEndput(() =>
          Promise.all([
            readStandings(pool, [messageId]),
            readStoredOrder(pool, messageId),
            readUnstoredMessage(pool, messageId),
          ]),
        ),
        readHistory(attemptLog, messageId, logger),
      ]);
      const standing = standings.get(messageId);
      const known = {
        messageId,
        standing,
        stored,
        unstored,
        records,
        maxAttempts,
        ttl: attemptLogTtl,
        now: new Date(),
      };
      const details = orderDetails(known);
      if (details !== undefined) return details;
      if (records === undefined) {
        throw new ApiError(
          503,
          'ATTEMPT_LOG_UNAVAILABLE',
          'Endput does not know this order, and the attempt log does not answer now. Try again later.',
        );
      }
      throw new ApiError(404, 'ORDER_UNKNOWN', `No consumer has settled an attempt of ${messageId}.`);
    },
  );
}

import Type from 'typebox';
import {
  changeOperation,
  readOperation,
  readOperations,
  type StateChange,
} from '../../../../db/endput/desk-operations.ts';
import { readOperationMessages } from '../../../../db/endput/operation-messages.ts';
import type { Pool } from '../../../../db/pool.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import { ApiError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { pageOf } from '../../page-places.ts';
import { UUID_PATTERN } from '../../uuid.ts';
import { PageQuery } from '../answer-fields.ts';
import { Operation, OperationMessagePage, OperationMessageQuery, OperationPage } from '../operation-answers.ts';
import { readMessagePlace, readOperationPlace, writeOperationPlace } from '../desk-places.ts';
import type { Guard } from '../guard.ts';
import { shownOperation, shownOperationMessage } from '../shown-operation.ts';

const Id = Type.Object({ id: Type.String({ pattern: UUID_PATTERN, description: 'Of the operation.' }) });
const CHANGES: Record<StateChange, string> = {
  pause: 'Let an operation rest; what is in hand is finished',
  resume: 'Go on with an operation that is paused, or that its canary stopped (with the next step)',
  cancel: 'End an operation; what was not sent is left alone',
};

/** `GET /v0/operations`, `/{id}` and `/{id}/messages`, `POST /v0/operations/{id}/pause`, `resume` and `cancel`. */
export function registerOperations(app: HttpServer, { pool, guard }: { pool: Pool; guard: Guard }): void {
  app.get(
    '/v0/operations',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'What was ordered at the desk, newest first',
        querystring: PageQuery,
        response: {
          200: OperationPage,
          ...errorAnswers({ 400: 'A query parameter is wrong.', 401: 'Nobody is logged in.', 503: 'Endput is away.' }),
        },
      },
    },
    async (request) => {
      const { limit, after } = request.query;
      const place = readOperationPlace(after);
      const rows = await onEndput(() => readOperations(pool, limit + 1, place));
      const { page, next } = pageOf(rows, limit, (last) => writeOperationPlace({ at: last.place, id: last.id }));
      return { operations: page.map(shownOperation), next };
    },
  );

  app.get(
    '/v0/operations/:id',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'How far an operation has come',
        params: Id,
        response: {
          200: Operation,
          ...errorAnswers({
            400: 'This is no id.',
            401: 'Nobody is logged in.',
            404: 'There is none.',
            503: 'Endput is away.',
          }),
        },
      },
    },
    async (request) => {
      const operation = await onEndput(() => readOperation(pool, request.params.id));
      if (operation === undefined) throw unknown(request.params.id);
      return shownOperation(operation);
    },
  );

  app.get(
    '/v0/operations/:id/messages',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'The frozen set of an operation, and what became of each message',
        params: Id,
        querystring: OperationMessageQuery,
        response: {
          200: OperationMessagePage,
          ...errorAnswers({
            400: 'This is no id, or a query parameter is wrong.',
            401: 'Nobody is logged in.',
            404: 'There is none.',
            503: 'Endput is away.',
          }),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { state, after, limit } = request.query;
      const place = readMessagePlace(after);
      const rows = await onEndput(() => readOperationMessages(pool, id, { state, after: place, limit: limit + 1 }));
      if (rows === undefined) throw unknown(id);
      const { page, next } = pageOf(rows, limit, (last) => String(last.place));
      return { messages: page.map(shownOperationMessage), next };
    },
  );

  for (const change of ['pause', 'resume', 'cancel'] as const) {
    app.post(
      `/v0/operations/:id/${change}`,
      {
        onRequest: guard.requireRole('operator'),
        schema: {
          tags: ['desk'],
          summary: CHANGES[change],
          params: Id,
          response: {
            200: Operation,
            ...errorAnswers({
              400: 'This is no id.',
              401: 'Nobody is logged in.',
              403: 'Only an operator may.',
              404: 'There is none.',
              409: 'Its state does not allow that.',
              503: 'Endput is away.',
            }),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        const result = await onEndput(() => changeOperation(pool, id, change, guard.actorOf(request).name));
        if (result === undefined) throw unknown(id);
        if (!result.changed) {
          throw new ApiError(
            409,
            'OPERATION_STATE',
            `The operation is ${result.operation.state}: there is nothing to ${change}.`,
          );
        }
        return shownOperation(result.operation);
      },
    );
  }
}

const unknown = (id: string) => new ApiError(404, 'OPERATION_UNKNOWN', `There is no operation ${id}.`);

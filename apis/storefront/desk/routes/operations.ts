import Type from 'typebox';
import {
  changeOperation,
  readOperation,
  readOperations,
  type StateChange,
} from '../../../../db/endput/desk-operations.ts';
import type { Pool } from '../../../../db/pool.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import { ApiError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { Operation, OperationPage } from '../answers.ts';
import type { Guard } from '../guard.ts';
import { shownOperation } from '../shown-operation.ts';
import { UUID_PATTERN } from '../../uuid.ts';

const Id = Type.Object({ id: Type.String({ pattern: UUID_PATTERN, description: 'Of the operation.' }) });
const Page = Type.Object(
  {
    after: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'What the page before said as `next`.' }),
    ),
    limit: Type.Integer({ default: 50, minimum: 1, maximum: 200, description: 'Rows of a page.' }),
  },
  { additionalProperties: false },
);

const CHANGES: Record<StateChange, string> = {
  pause: 'Let an operation rest; what is in hand is finished',
  resume: 'Go on with an operation that is paused, or that its canary stopped (with the next step)',
  cancel: 'End an operation; what was not sent is left alone',
};

/** `GET /v0/operations` and `/{id}`, `POST /v0/operations/{id}/pause`, `resume` and `cancel`. */
export function registerOperations(app: HttpServer, { pool, guard }: { pool: Pool; guard: Guard }): void {
  app.get(
    '/v0/operations',
    {
      preHandler: guard.reading,
      schema: {
        tags: ['desk'],
        summary: 'What was ordered at the desk, newest first',
        querystring: Page,
        response: {
          200: OperationPage,
          ...errorAnswers({ 400: 'A query parameter is wrong.', 401: 'Nobody is logged in.', 503: 'Endput is away.' }),
        },
      },
    },
    async (request) => {
      const { limit, after } = request.query;
      const place = readPlace(after);
      // One row more than asked for tells whether there is a next page.
      const rows = await onEndput(() => readOperations(pool, limit + 1, place));
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return { operations: page.map(shownOperation), next: last ? `${last.place}~${last.id}` : null };
    },
  );

  app.get(
    '/v0/operations/:id',
    {
      preHandler: guard.reading,
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

  for (const change of ['pause', 'resume', 'cancel'] as const) {
    app.post(
      `/v0/operations/:id/${change}`,
      {
        preHandler: guard.requireRole('operator'),
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

const PLACE = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?[+-]\d{2}(?::\d{2})?)~([0-9a-f-]{36})$/;

function readPlace(after: string | undefined): { at: string; id: string } | undefined {
  if (after === undefined) return undefined;
  const [, at, id] = PLACE.exec(after) ?? [];
  if (at === undefined || id === undefined || !new RegExp(UUID_PATTERN).test(id)) {
    throw new ApiError(400, 'INVALID_REQUEST', 'query parameter "after" is none that a page said as `next`.');
  }
  return { at, id };
}

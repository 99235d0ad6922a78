import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { Static } from 'typebox';
import { orderEdit, type EditRefusal } from '../../../../db/endput/desk-edits.ts';
import {
  orderOperation,
  readLetterStates,
  TAKES,
  type DeskOrder,
  type Selection,
} from '../../../../db/endput/desk-orders.ts';
import { previewOrder } from '../../../../db/endput/desk-preview.ts';
import type { Pool } from '../../../../db/pool.ts';
import { MAX_BODY_BYTES } from '../../../../rabbitmq/order-message.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import { ApiError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { DiscardOrder, DryRunAnswer, EditOrder, Operation, RedriveOrder, RestoreOrder } from '../operation-answers.ts';
import { editedBody } from '../edited-body.ts';
import type { Guard } from '../guard.ts';
import { plainText } from '../plain-text.ts';
import { selectionOf } from '../selection.ts';
import { shownOperation } from '../shown-operation.ts';
import { UUID_PATTERN } from '../../uuid.ts';

/** A thousand ids fit; and a body, however it is written, with what is around it. */
const SELECTION_LIMIT = 128 * 1024;
const EDIT_LIMIT = 2 * MAX_BODY_BYTES;

const answers = {
  202: Operation,
  ...errorAnswers({
    400: 'The request is wrong, or no dead letter fits.',
    401: 'Nobody is logged in.',
    403: 'Only an operator may.',
    404: 'The ledger knows none of these messages.',
    409: 'None of these messages is in a state in which that can be done.',
    503: 'Endput is away, or took too long.',
  }),
};

/** `POST /v0/dead-letters/redrive`, `discard`, `restore` and `{message_id}/edit`: what an operator orders. */
export function registerDeskOrders(app: HttpServer, { deskPool: pool, guard }: { deskPool: Pool; guard: Guard }): void {
  const onRequest = guard.requireRole('operator');

  async function order(wanted: DeskOrder, isDryRun: boolean | undefined, reply: FastifyReply) {
    return onEndput(async () => {
      if (isDryRun === true) return { code: 200 as const, answer: shownPreview(await preview(wanted, reply)) };
      const operation = await orderOperation(pool, wanted);
      if (operation === undefined) throw await nothingFits(pool, wanted.kind, wanted.selection);
      return { code: 202 as const, answer: shownOperation(operation) };
    });
  }
  const preview = ({ kind, selection }: DeskOrder, reply: FastifyReply) =>
    previewOrder(pool, kind, selection, whenGivenUp(reply));

  app.post(
    '/v0/dead-letters/redrive',
    {
      onRequest,
      bodyLimit: SELECTION_LIMIT,
      schema: {
        tags: ['desk'],
        summary: 'Have dead letters processed again, from their first attempt on',
        body: RedriveOrder,
        response: { 200: DryRunAnswer, ...answers },
      },
    },
    async (request, reply) => {
      const { rate, canary, comment, dry_run, selection } = request.body;
      const { code, answer } = await order(
        {
          kind: 'redrive',
          ...selectionOf(selection),
          actor: guard.actorOf(request).name,
          comment: plainText('comment', comment),
          rate: rate ?? null,
          maxDeadShare: canary === undefined ? null : canary.max_dead_share,
        },
        dry_run,
        reply,
      );
      return reply.code(code).send(answer);
    },
  );

  app.post(
    '/v0/dead-letters/discard',
    {
      onRequest,
      bodyLimit: SELECTION_LIMIT,
      schema: {
        tags: ['desk'],
        summary: 'Give dead letters up, with a reason',
        body: DiscardOrder,
        response: { 200: DryRunAnswer, ...answers },
      },
    },
    async (request, reply) => {
      const { reason, dry_run, selection } = request.body;
      const { code, answer } = await order(
        {
          kind: 'discard',
          ...selectionOf(selection),
          actor: guard.actorOf(request).name,
          comment: plainText('reason', reason),
          rate: null,
          maxDeadShare: null,
        },
        dry_run,
        reply,
      );
      return reply.code(code).send(answer);
    },
  );

  app.post(
    '/v0/dead-letters/restore',
    {
      onRequest,
      bodyLimit: SELECTION_LIMIT,
      schema: {
        tags: ['desk'],
        summary: 'Bring discarded letters back',
        body: RestoreOrder,
        response: { 200: DryRunAnswer, ...answers },
      },
    },
    async (request, reply) => {
      const { comment, dry_run, selection } = request.body;
      const { code, answer } = await order(
        {
          kind: 'restore',
          ...selectionOf(selection),
          actor: guard.actorOf(request).name,
          comment: plainText('comment', comment),
          rate: null,
          maxDeadShare: null,
        },
        dry_run,
        reply,
      );
      return reply.code(code).send(answer);
    },
  );

  app.post(
    '/v0/dead-letters/:message_id/edit',
    {
      onRequest,
      bodyLimit: EDIT_LIMIT,
      schema: {
        tags: ['desk'],
        summary: 'Give a dead letter another body, and have it processed again',
        params: Type.Object({ message_id: Type.String({ pattern: UUID_PATTERN }) }),
        body: EditOrder,
        response: answers,
      },
    },
    async (request, reply) => {
      const messageId = request.params.message_id.toLowerCase();
      const { body, cycle, comment } = request.body;
      const operation = await onEndput(() =>
        orderEdit(pool, {
          messageId,
          cycle,
          ...editedBody(messageId, body),
          actor: guard.actorOf(request).name,
          comment: plainText('comment', comment),
        }),
      );
      if ('refused' in operation) throw refusalOf(messageId, cycle, operation);
      return reply.code(202).send(shownOperation(operation));
    },
  );
}

/** Aborted when nobody waits for the answer any more. */
function whenGivenUp({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const givenUp = new AbortController();
  raw.once('close', () => givenUp.abort());
  return givenUp.signal;
}

const shownPreview = (preview: Awaited<ReturnType<typeof previewOrder>>): Static<typeof DryRunAnswer> => ({
  count: preview.count,
  not_redrivable: preview.notRedrivable,
  sources: preview.sources,
  causes: preview.causes,
});

async function nothingFits(pool: Pool, kind: DeskOrder['kind'], selection: Selection): Promise<ApiError> {
  if ('filter' in selection) {
    return new ApiError(400, 'NOTHING_SELECTED', `No letter that is ${TAKES[kind]} fits the filter.`);
  }
  const states = [...new Set((await readLetterStates(pool, selection.messageIds)).values())];
  if (states.length === 0) return new ApiError(404, 'LETTER_UNKNOWN', 'The ledger knows none of these messages.');
  return new ApiError(
    409,
    'LETTER_STATE',
    `A ${kind} takes letters that are ${TAKES[kind]}; these are ${states.sort().join(', ')}.`,
  );
}

function refusalOf(messageId: string, cycle: number, refusal: EditRefusal): ApiError {
  switch (refusal.refused) {
    case 'unknown':
      return new ApiError(404, 'LETTER_UNKNOWN', `The ledger does not know ${messageId}.`);
    case 'state':
      return new ApiError(409, 'LETTER_STATE', `An edit takes a letter that is dead; this one is ${refusal.state}.`);
    case 'row':
      return new ApiError(
        400,
        'ORDER_OF_ANOTHER_ROW',
        `An edit mends a message, it cannot make that of another row of it: ${refusal.changed}.`,
      );
    case 'copy':
      return new ApiError(
        409,
        'LETTER_IS_COPY',
        `This is a copy of message ${refusal.of}, which is known by itself: edited, its order would be stored twice. Discard this one.`,
      );
    case 'stored':
      return new ApiError(
        409,
        'ORDER_STORED',
        `The order of this row is stored already, as message ${refusal.as}: edited, it would be stored twice. Discard this one.`,
      );
    case 'cycle':
      return new ApiError(
        409,
        'LETTER_CHANGED',
        `The letter is at cycle ${refusal.cycle}, and was shown at ${cycle}: look at it again first.`,
      );
  }
}

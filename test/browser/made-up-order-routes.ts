import Type, { type Static } from 'typebox';
import { PageQuery } from '../../apis/storefront/desk/answer-fields.ts';
import { editedBody } from '../../apis/storefront/desk/edited-body.ts';
import {
  DiscardOrder,
  DryRunAnswer,
  EditOrder,
  Operation,
  OperationMessagePage,
  OperationMessageQuery,
  OperationPage,
  RedriveOrder,
  RestoreOrder,
} from '../../apis/storefront/desk/operation-answers.ts';
import { ApiError } from '../../apis/http/errors.ts';
import type { HttpServer } from '../../apis/http/http-server.ts';
import type { MadeUpDesk } from './made-up-desk.ts';
import { countBy, fits, groupsOf, type MadeUpLetter } from './made-up-letters.ts';
import type { MadeUpLogin } from './made-up-login.ts';
import { advance, nextStep, startOperation, takes, type MadeUpOperation } from './made-up-operations.ts';
import { pageAt } from './made-up-page.ts';

const Id = Type.Object({ id: Type.String() });
/** The states that each change leads to, and those from which it does. */
const CHANGES = {
  pause: { to: 'paused', from: ['running'] },
  resume: { to: 'running', from: ['paused', 'stopped'] },
  cancel: { to: 'cancelled', from: ['running', 'paused', 'stopped'] },
} as const;

/** What a made-up desk is ordered to do, and how far it has come; it goes on whenever it is asked for. */
export function registerMadeUpOrders(app: HttpServer, state: MadeUpDesk, login: MadeUpLogin): void {
  const refuse = () => {
    const { refusal } = state;
    state.refusal = undefined;
    if (refusal) throw refusal;
  };
  const begin = (operation: MadeUpOperation) => {
    const { id, kind, actor, comment, filter, messages } = operation.shown;
    const about = filter === null ? { messages: messages.total } : { filter };
    state.audit(actor, kind, { operation: id, total: messages.total, ...(comment !== null && { comment }), ...about });
    state.operations.unshift(operation);
    return operation.shown;
  };

  for (const kind of ['redrive', 'discard', 'restore'] as const) {
    const body = { redrive: RedriveOrder, discard: DiscardOrder, restore: RestoreOrder }[kind];
    const response = { 200: DryRunAnswer, 202: Operation };
    app.post(`/v0/dead-letters/${kind}`, { schema: { body, response } }, (request, reply) => {
      const actor = login.operatorOf(request);
      const { selection, ...ordered } = request.body as Static<typeof RedriveOrder> & { reason?: string };
      const fit = state.letters.filter((letter) => letter.state === takes(kind) && isSelected(letter, selection));
      if (ordered.dry_run === true) return dryRunOf(fit);
      refuse();
      if (fit.length === 0) throw new ApiError(400, 'NOTHING_SELECTED', `No letter that is ${takes(kind)} fits.`);
      const comment = ordered.reason ?? ordered.comment;
      const filter = 'filter' in selection ? selection.filter : undefined;
      const operation = startOperation(kind, actor, fit, {
        ...ordered,
        ...(comment !== undefined && { comment }),
        filter,
      });
      void reply.code(202);
      return begin(operation);
    });
  }
  app.post(
    '/v0/dead-letters/:id/edit',
    { schema: { params: Id, body: EditOrder, response: { 202: Operation } } },
    (request, reply) => {
      const actor = login.operatorOf(request);
      const { body, cycle, comment } = request.body;
      const { id } = request.params;
      const { row, ...edited } = editedBody(id, body);
      refuse();
      const letter = state.letters.find(({ message_id }) => message_id === id);
      if (!letter) throw new ApiError(404, 'LETTER_UNKNOWN', `The ledger does not know ${id}.`);
      if (letter.state !== 'dead')
        throw new ApiError(409, 'LETTER_STATE', `An edit takes a letter that is dead; this one is ${letter.state}.`);
      if (letter.cycle !== cycle)
        throw new ApiError(409, 'LETTER_CHANGED', `The letter is at cycle ${letter.cycle}, and was shown at ${cycle}.`);
      const text = edited.body.toString();
      const { order } = JSON.parse(text) as { order: { product: string } };
      const operation = startOperation('edit', actor, [letter], {
        ...(comment !== undefined && { comment }),
        edited: { body: text, source: row.system, product: order.product },
      });
      void reply.code(202);
      return begin(operation);
    },
  );

  app.get(
    '/v0/operations',
    { schema: { querystring: PageQuery, response: { 200: OperationPage } } },
    ({ query: { after, limit } }) => {
      for (const operation of state.operations) advance(operation, state);
      const { rows, next } = pageAt(state.operations, after, limit);
      return { operations: rows.map(({ shown }) => shown), next };
    },
  );
  app.get(
    '/v0/operations/:id/messages',
    { schema: { params: Id, querystring: OperationMessageQuery, response: { 200: OperationMessagePage } } },
    ({ params, query: { state: of, after, limit } }) => {
      const messages = operationOf(params.id).set.map(({ message }) => message);
      const { rows, next } = pageAt(
        messages.filter((message) => of === undefined || message.state === of),
        after,
        limit,
      );
      return { messages: rows, next };
    },
  );
  for (const what of ['pause', 'resume', 'cancel'] as const)
    app.post(`/v0/operations/:id/${what}`, { schema: { params: Id, response: { 200: Operation } } }, (request) => {
      const actor = login.operatorOf(request);
      const operation = operationOf(request.params.id);
      const { shown } = operation;
      const { to, from } = CHANGES[what];
      if (!from.some((one) => one === shown.state))
        throw new ApiError(409, 'OPERATION_STATE', `The operation is ${shown.state}: there is nothing to ${what}.`);
      if (shown.state === 'stopped') nextStep(operation);
      const finished_at = what === 'cancel' ? new Date().toISOString() : null;
      Object.assign(shown, { state: to, state_reason: null, finished_at });
      state.audit(actor, what, { operation: shown.id });
      return shown;
    });

  function operationOf(id: string): MadeUpOperation {
    const operation = state.operations.find(({ shown }) => shown.id === id);
    if (!operation) throw new ApiError(404, 'OPERATION_UNKNOWN', `There is no operation ${id}.`);
    return operation;
  }
}

/** Whether an order is about a letter; which state is meant follows from the order. */
function isSelected(letter: MadeUpLetter, selection: Static<typeof RedriveOrder>['selection']): boolean {
  if ('message_ids' in selection) return selection.message_ids.includes(letter.message_id);
  return fits({ ...selection.filter, state: letter.state })(letter);
}

const dryRunOf = (fit: MadeUpLetter[]): Static<typeof DryRunAnswer> => ({
  count: fit.length,
  not_redrivable: fit.filter(({ redrivable }) => !redrivable).length,
  sources: countBy(fit, ({ source }) => source).map(([source, count]) => ({ source, count })),
  causes: groupsOf(fit)
    .slice(0, 20)
    .map(({ cause_key, cause, count }) => ({ cause_key, cause, count })),
});

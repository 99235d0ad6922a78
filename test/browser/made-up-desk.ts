import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import Type, { type Static } from 'typebox';
import * as desk from '../../apis/storefront/desk/answers.ts';
import { AuditPage, AuditQuery } from '../../apis/storefront/desk/audit-answers.ts';
import { ApiError } from '../../apis/http/errors.ts';
import { createHttpServer } from '../../apis/http/http-server.ts';
import { PAGE_POLICY, registerPageFiles } from '../../apis/storefront/page-files.ts';
import { countBy, fits, groupsOf, madeUpLetter, type MadeUpLetter } from './made-up-letters.ts';
import { registerMadeUpLogin } from './made-up-login.ts';
import { advance, messagesOf, startOperation, type MadeUpOperation } from './made-up-operations.ts';

/** What a made-up desk knows; a test sets it as it likes. */
export interface MadeUpDesk {
  letters: MadeUpLetter[];
  operations: MadeUpOperation[];
  /** Rows, orders stored and rows unaccounted for, by source. */
  books: Map<string, { rows: number; stored: number; missing: number }>;
  /** Messages of an operation that move between two looks at it. */
  atOnce: number;
  /** Every request fails: the storefront or endput is away. */
  isAway: boolean;
  /** Requests whose address holds this fail: what they ask of endput takes too long. */
  tooSlow: string | undefined;
  /** What the next order is refused with. */
  refusal: ApiError | undefined;
  needsLoginToRead: boolean;
  sweep: Static<typeof desk.Sweep>;
  /** Newest first. */
  audit: AuditEntry[];
}
type AuditEntry = Static<typeof AuditPage>['entries'][number];

/**
 * The real page and HTTP server of a storefront with a made-up desk behind them: its answers and what it is asked are
 * checked by the API's own schemas, and what is ordered has its effect.
 */
export async function startMadeUpDesk(letters: MadeUpLetter[] = []) {
  const logger = pino({ level: 'silent' });
  const state: MadeUpDesk = {
    letters,
    operations: [],
    books: new Map([
      ['system_1', { rows: 5_480, stored: 5_400, missing: 0 }],
      ['system_2', { rows: 3_540, stored: 3_500, missing: 0 }],
    ]),
    atOnce: 40,
    isAway: false,
    tooSlow: undefined,
    refusal: undefined,
    needsLoginToRead: false,
    sweep: { wanted: false, last: null },
    audit: [],
  };
  const app = await createHttpServer({
    logger,
    registry: new Registry(),
    api: { title: 'Made-up desk', description: 'For tests.', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  await registerPageFiles(app);
  const login = registerMadeUpLogin(app);
  app.addHook('preHandler', (request, _reply, done) => {
    if (state.isAway && request.url.startsWith('/v0/'))
      throw new ApiError(503, 'ENDPUT_UNAVAILABLE', 'Endput is away: connect ECONNREFUSED 10.0.0.1.');
    if (state.tooSlow !== undefined && request.url.includes(state.tooSlow))
      throw new ApiError(503, 'ENDPUT_TOO_SLOW', 'Endput took too long to answer.');
    if (state.needsLoginToRead && /^\/v0\/(dead-letters|operations|balance)/.test(request.url)) login.actorOf(request);
    done();
  });

  const selected = (selection: Static<typeof desk.RedriveOrder>['selection'], of: MadeUpLetter['state']) => {
    const wanted = 'filter' in selection ? fits(selection.filter) : undefined;
    return state.letters.filter(
      (letter) =>
        letter.state === of &&
        ('message_ids' in selection ? selection.message_ids.includes(letter.message_id) : wanted?.(letter)),
    );
  };
  const refuse = () => {
    const { refusal } = state;
    state.refusal = undefined;
    if (refusal) throw refusal;
  };
  const dryRunOf = (fit: MadeUpLetter[]): Static<typeof desk.DryRunAnswer> => ({
    count: fit.length,
    not_redrivable: fit.filter(({ redrivable }) => !redrivable).length,
    sources: countBy(fit, ({ source }) => source).map(([source, count]) => ({ source, count })),
    causes: groupsOf(fit).map(({ cause_key, cause, count }) => ({ cause_key, cause, count })),
  });

  app.get(
    '/v0/dead-letters/groups',
    { schema: { querystring: desk.GroupQuery, response: { 200: desk.LetterGroupPage } } },
    ({ query: { limit, ...filter } }) => ({
      groups: groupsOf(state.letters.filter(fits(filter))).slice(0, limit),
      next: null,
      complete: true,
    }),
  );
  app.get(
    '/v0/dead-letters',
    { schema: { querystring: desk.LetterQuery, response: { 200: desk.LetterPage } } },
    ({ query: { after = '0', limit, order, message_id, ...filter } }) => {
      const found = state.letters
        .filter((letter) => fits(filter)(letter) && (message_id === undefined || letter.message_id === message_id))
        .sort((a, b) => (order === 'newest' ? 1 : -1) * b.died_at.localeCompare(a.died_at));
      const end = Number(after) + limit;
      return { dead_letters: found.slice(Number(after), end), next: end < found.length ? String(end) : null };
    },
  );
  app.get('/v0/dead-letters/summary', { schema: { response: { 200: desk.LetterSummary } } }, () => ({
    as_of: new Date().toISOString(),
    complete: true,
    sources: [...state.books.keys()].map((source) => ({ source, ...statesOf(source) })),
    reasons: countBy(state.letters, ({ reason }) => reason).map(([reason, dead]) => ({ reason, dead })),
    queue: state.letters.length,
  }));
  app.get<{ Params: { id: string } }>(
    '/v0/dead-letters/:id',
    { schema: { response: { 200: desk.LetterDetails } } },
    ({ params }) => letterOf(params.id),
  );

  for (const kind of ['redrive', 'discard', 'restore'] as const) {
    const body = { redrive: desk.RedriveOrder, discard: desk.DiscardOrder, restore: desk.RestoreOrder }[kind];
    app.post(`/v0/dead-letters/${kind}`, { schema: { body } }, (request, reply) => {
      const actor = login.operatorOf(request);
      const ordered = request.body as Static<typeof desk.RedriveOrder> & { reason?: string };
      const fit = selected(ordered.selection, kind === 'restore' ? 'discarded' : 'dead');
      if (ordered.dry_run === true) return dryRunOf(fit);
      refuse();
      const comment = ordered.reason ?? ordered.comment;
      const filter = 'filter' in ordered.selection ? ordered.selection.filter : undefined;
      const operation = startOperation(kind, actor, fit, {
        ...ordered,
        ...(comment !== undefined && { comment }),
        filter,
      });
      for (const letter of operation.left) note(letter, kind, operation, actor);
      state.operations.unshift(operation);
      if (kind !== 'redrive') advance(operation, fit.length);
      return reply.code(202).send(operation.shown);
    });
  }
  app.post<{ Params: { id: string } }>(
    '/v0/dead-letters/:id/edit',
    { schema: { body: desk.EditOrder } },
    (request, reply) => {
      const actor = login.operatorOf(request);
      refuse();
      const letter = letterOf(request.params.id);
      const { body, cycle, comment } = request.body as Static<typeof desk.EditOrder>;
      if (letter.state !== 'dead' || letter.cycle !== cycle)
        throw new ApiError(409, 'LETTER_CHANGED', `The letter is at cycle ${letter.cycle} and ${letter.state} now.`);
      const operation = startOperation('edit', actor, [letter], { ...(comment !== undefined && { comment }) });
      const before = letter.body.text;
      letter.body.text = JSON.stringify(body);
      letter.body.bytes = Buffer.byteLength(letter.body.text);
      letter.product = (body as { order: { product: string } }).order.product;
      letter.redrivable = true;
      letter.fate = 'stored';
      note(letter, 'edit', operation, actor, before);
      state.operations.unshift(operation);
      return reply.code(202).send(operation.shown);
    },
  );
  app.get('/v0/operations', { schema: { response: { 200: desk.OperationPage } } }, () => {
    for (const operation of state.operations) advance(operation, state.atOnce);
    return { operations: state.operations.map(({ shown }) => shown), next: null };
  });
  app.get(
    '/v0/operations/:id/messages',
    {
      schema: {
        params: Type.Object({ id: Type.String() }),
        querystring: desk.OperationMessageQuery,
        response: { 200: desk.OperationMessagePage },
      },
    },
    ({ params, query: { state: of, after = '0', limit } }) => {
      const operation = state.operations.find(({ shown }) => shown.id === params.id);
      if (!operation) throw new ApiError(404, 'OPERATION_UNKNOWN', 'There is no such operation.');
      const found = messagesOf(operation).filter((message) => of === undefined || message.state === of);
      const end = Number(after) + limit;
      return { messages: found.slice(Number(after), end), next: end < found.length ? String(end) : null };
    },
  );
  app.get('/v0/dead-letters/sweep', { schema: { response: { 200: desk.Sweep } } }, () => {
    const { sweep } = state;
    // It is carried through between two looks at it.
    if (sweep.wanted) state.sweep = { wanted: false, last: sweptNow() };
    return sweep;
  });
  app.post('/v0/dead-letters/sweep', (request, reply) => {
    state.audit.unshift(auditEntry(login.operatorOf(request), 'sweep'));
    state.sweep = { ...state.sweep, wanted: true };
    return reply.code(202).send(state.sweep);
  });
  app.get('/v0/audit', { schema: { querystring: AuditQuery, response: { 200: AuditPage } } }, (request) => {
    login.actorOf(request);
    const { after = '0', limit } = request.query;
    const end = Number(after) + limit;
    return { entries: state.audit.slice(Number(after), end), next: end < state.audit.length ? String(end) : null };
  });
  for (const what of ['pause', 'resume', 'cancel'] as const)
    app.post<{ Params: { id: string } }>(`/v0/operations/:id/${what}`, (request) => {
      login.operatorOf(request);
      const operation = state.operations.find(({ shown }) => shown.id === request.params.id);
      if (!operation) throw new ApiError(404, 'OPERATION_UNKNOWN', 'There is no such operation.');
      operation.shown.state = ({ pause: 'paused', resume: 'running', cancel: 'cancelled' } as const)[what];
      operation.shown.state_reason = null;
      return operation.shown;
    });

  app.get('/v0/balance', { schema: { response: { 200: desk.Balance } } }, () => {
    const isQuiet = state.letters.every((letter) => letter.state !== 'redriving');
    const sources = [...state.books].map(([source, { rows, stored, missing }]) => {
      const { dead, redriving, discarded, resolved } = statesOf(source);
      return {
        source,
        reachable: true,
        running: false,
        rows: rows + missing,
        unpublished: 0,
        stored: stored + resolved,
        dead,
        redriving,
        discarded,
        in_flight: rows + missing - stored - resolved - dead - discarded,
        difference: isQuiet ? rows + missing - stored - resolved - dead - discarded : null,
      };
    });
    return {
      as_of: new Date().toISOString(),
      complete: true,
      quiet: isQuiet,
      balanced: isQuiet ? sources.every(({ difference }) => difference === 0) : null,
      sources,
      unknown: { dead: 0, redriving: 0, discarded: 0 },
      queues: { primary_queue: 0, in_hand: 0, dlq_queue: state.letters.length, retries: 0 },
    };
  });
  app.get<{ Params: { source: string } }>(
    '/v0/balance/:source/unaccounted',
    { schema: { response: { 200: desk.UnaccountedPage } } },
    ({ params }) => {
      const { rows = 0, missing = 0 } = state.books.get(params.source) ?? {};
      const lost = Array.from({ length: missing }, (_, index) => ({
        id: 900 + index,
        message_id: madeUpLetter().message_id,
        product: 'White mug',
        price: '12.50',
        created_at: '2026-01-01T09:00:00.000000Z',
      }));
      return { rows: lost, next: null, looked_at: rows + missing };
    },
  );

  function letterOf(id: string): MadeUpLetter {
    const letter = state.letters.find(({ message_id }) => message_id === id);
    if (letter === undefined) throw new ApiError(404, 'DEAD_LETTER_UNKNOWN', 'There is no such dead letter.');
    return letter;
  }
  function statesOf(source: string) {
    const own = state.letters.filter((letter) => letter.source === source);
    const count = (of: MadeUpLetter['state']) => own.filter((letter) => letter.state === of).length;
    return {
      dead: count('dead'),
      redriving: count('redriving'),
      discarded: count('discarded'),
      resolved: count('resolved'),
    };
  }

  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, state, login, stop: () => app.close() };
}
export type RunningDesk = Awaited<ReturnType<typeof startMadeUpDesk>>;

/** An entry of the audit table, of now. */
export const auditEntry = (actor: string, action: string, detail: Record<string, unknown> = {}): AuditEntry => ({
  at: new Date().toISOString(),
  actor,
  action,
  detail,
});

const sweptNow = () => ({
  began_at: new Date().toISOString(),
  ended_at: new Date().toISOString(),
  ...{ looked_at: 123, stale: 2, kept: 120, unknown: 1, published: 4 },
});

const ACTIONS = { redrive: 'redriven', edit: 'edited', discard: 'discarded', restore: 'restored' } as const;

/** Writes into a letter's history what is done to it, and moves it on. */
function note(
  letter: MadeUpLetter,
  kind: keyof typeof ACTIONS,
  { shown }: MadeUpOperation,
  actor: string,
  bodyBefore?: string,
): void {
  const { cycle, attempt, reason, error_kind, error_message } = letter;
  letter.history.push({
    at: new Date().toISOString(),
    actor,
    action: ACTIONS[kind],
    operation_id: shown.id,
    comment: shown.comment,
    before: { cycle, attempt, reason, error_kind, error_message },
    body_before: bodyBefore ?? null,
    body_after: bodyBefore === undefined ? null : letter.body.text,
  });
  if (kind === 'redrive' || kind === 'edit') {
    letter.state = 'redriving';
    letter.attempt = 0;
  }
  if (kind !== 'discard') letter.cycle += 1;
}

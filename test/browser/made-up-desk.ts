import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Static } from 'typebox';
import type { AuditPage } from '../../apis/storefront/desk/audit-answers.ts';
import type { Sweep } from '../../apis/storefront/desk/operation-answers.ts';
import { ApiError } from '../../apis/http/errors.ts';
import { createHttpServer } from '../../apis/http/http-server.ts';
import { PAGE_POLICY, registerPageFiles } from '../../apis/storefront/page-files.ts';
import { checkAnswers } from './checked-answers.ts';
import { registerMadeUpBooks } from './made-up-books.ts';
import { registerMadeUpLetters } from './made-up-letter-routes.ts';
import type { MadeUpLetter } from './made-up-letters.ts';
import { registerMadeUpLogin } from './made-up-login.ts';
import type { MadeUpOperation } from './made-up-operations.ts';
import { registerMadeUpOrders } from './made-up-order-routes.ts';

/** What a made-up desk knows; a test sets it as it likes. */
export interface MadeUpDesk {
  letters: MadeUpLetter[];
  operations: MadeUpOperation[];
  /** Rows, orders stored and rows unaccounted for, by source. */
  books: Map<string, { rows: number; stored: number; missing: number }>;
  /** Since when a long transaction keeps what was stored from being counted. */
  heldBackSince: Date | undefined;
  /** Messages of an operation that move between two looks at it. */
  atOnce: number;
  /** What is sent has no outcome yet. */
  holdsOutcomes: boolean;
  /**
   * So many answers about a letter tell something newly done to it in its history alone: all else was read a moment before
   * the ledger changed, and the history after.
   */
  tornReads: number;
  /** Every request fails: the storefront or endput is away. */
  isAway: boolean;
  /** Requests whose address holds this fail: what they ask of endput takes too long. */
  tooSlow: string | undefined;
  /** What the next order is refused with. */
  refusal: ApiError | undefined;
  needsLoginToRead: boolean;
  sweep: Static<typeof Sweep>;
  /** Newest first. */
  audited: Static<typeof AuditPage>['entries'];
  /** Writes an entry of now. */
  audit: (actor: string, action: string, detail?: Record<string, unknown>) => void;
}

/**
 * The real page and HTTP server of a storefront with a made-up desk behind them: what it is asked and its answers are
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
    heldBackSince: undefined,
    atOnce: 40,
    holdsOutcomes: false,
    tornReads: 0,
    isAway: false,
    tooSlow: undefined,
    refusal: undefined,
    needsLoginToRead: false,
    sweep: { wanted: false, last: null },
    audited: [],
    audit: (actor, action, detail = {}) =>
      void state.audited.unshift({ at: new Date().toISOString(), actor, action, detail }),
  };
  const app = await createHttpServer({
    logger,
    registry: new Registry(),
    api: { title: 'Made-up desk', description: 'For tests.', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  const wrongAnswers = checkAnswers(app);
  await registerPageFiles(app);
  const login = registerMadeUpLogin(app, state.audit);
  app.addHook('preHandler', (request, _reply, done) => {
    if (state.isAway && request.url.startsWith('/v0/'))
      throw new ApiError(503, 'ENDPUT_UNAVAILABLE', 'Endput is away: connect ECONNREFUSED 10.0.0.1.');
    if (state.tooSlow !== undefined && request.url.includes(state.tooSlow))
      throw new ApiError(503, 'ENDPUT_TOO_SLOW', 'Endput took too long to answer.');
    if (state.needsLoginToRead && /^\/v0\/(dead-letters|operations|balance)/.test(request.url)) login.actorOf(request);
    done();
  });
  registerMadeUpLetters(app, state, login);
  registerMadeUpOrders(app, state, login);
  registerMadeUpBooks(app, state);

  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    login,
    /** What it answered that the API would not: none, or the test is about nothing. */
    wrongAnswers,
    stop: () => app.close(),
  };
}
export type RunningDesk = Awaited<ReturnType<typeof startMadeUpDesk>>;

import Type from 'typebox';
import { readHeldBack } from '../../../db/source/held-back.ts';
import { countOrders } from '../../../db/source/publish-position.ts';
import type { Pool } from '../../../db/pool.ts';
import { ApiError } from '../../http/errors.ts';
import type { HttpServer } from '../../http/http-server.ts';
import type { CursorDocument } from '../cursor.ts';
import type { Imports } from '../import/import-orders.ts';
import type { RunLease } from '../run-lease.ts';
import { Run } from '../run.ts';
import type { Runs } from '../runs.ts';
import type { SourceDatabase } from '../source-database.ts';
import { errorAnswers } from '../../http/error-answers.ts';
import { ProcessState } from './process-state.ts';

export interface ProcessServices {
  system: string;
  pool: Pool;
  database: SourceDatabase;
  lease: RunLease;
  runs: Runs;
  imports: Imports;
}

/** `/v0/process`: publish the rows, watch it, and take it in hand when it is stuck. */
export function registerProcess(app: HttpServer, services: ProcessServices): void {
  registerRun(app, services);
  registerState(app, services);
  registerClearAndUnblock(app, services);
}

function registerRun(app: HttpServer, { runs, database }: ProcessServices): void {
  app.post(
    '/v0/process/run',
    {
      schema: {
        tags: ['process'],
        summary: 'Publish the rows that were not published yet',
        description:
          'Goes on from the cursor, page by page, until no row is left that may be published. One run at a time for ' +
          'each source. A run waits out a broker, database or Redis that goes away, for a limited time without progress.',
        querystring: Type.Object(
          { wait: Type.Boolean({ default: false, description: 'Answer when the run has ended.' }) },
          { additionalProperties: false },
        ),
        response: {
          202: Type.Object(Run.properties, {
            description: 'The run, which has started; with wait=true as it ended.',
            examples: [
              {
                run_id: '5e1b1a52-6f6e-4a8b-9e0c-0a3a5d3f6b1e',
                state: 'running',
                started_at: '2024-01-16T17:52:00.000Z',
                ended_at: null,
                published: 0,
                rate: 0,
                reason: null,
                waits_for: null,
              },
            ],
          }),
          ...errorAnswers({
            400: 'wait is neither true nor false.',
            409: 'A run of this source is going on, here or in another process.',
            503: 'Database, broker or Redis is away, or the database is a standby: nothing was started.',
          }),
        },
      },
    },
    async (request, reply) => {
      database.requirePrepared();
      const { run, done } = await runs.start();
      if (request.query.wait) await done;
      return reply.code(202).send(run);
    },
  );
}

function registerState(app: HttpServer, services: ProcessServices): void {
  const { system, pool, database, lease, runs, imports } = services;
  app.get(
    '/v0/process',
    {
      schema: {
        tags: ['process'],
        summary: 'Cursor, state, progress, and what is held back by whom',
        response: { 200: ProcessState, ...errorAnswers({ 503: 'Database or Redis is away.' }) },
      },
    },
    async () => {
      database.requirePrepared();
      const [{ document, leased }, { rows, unpublished }, heldBack] = await Promise.all([
        lease.read(),
        countOrders(pool),
        readHeldBack(pool),
      ]);
      const run = runs.latest();
      return {
        system,
        state: stateOf(document, leased),
        cursor: document ?? null,
        run: run ?? null,
        published: run?.published ?? 0,
        rate: run?.rate ?? 0,
        rows,
        unpublished,
        held_back: heldBack,
        imports: imports.progress(),
      };
    },
  );
}

function stateOf(document: CursorDocument | undefined, leased: boolean) {
  if (leased) return 'running' as const;
  if (document === undefined) return 'idle' as const;
  // Nobody holds the lease of this run any more: it had no chance to say how it ended.
  return document.status_process === 'running' ? ('interrupted' as const) : document.status_process;
}

function registerClearAndUnblock(app: HttpServer, { runs, lease, system }: ProcessServices): void {
  app.post(
    '/v0/process/clear',
    {
      schema: {
        tags: ['process'],
        summary: 'Forget the cursor',
        description: 'The next run publishes every row again. Consumers know the copies and store nothing twice.',
        response: {
          200: Type.Object({ cleared: Type.Literal(true) }),
          ...errorAnswers({ 409: 'A run is going on.', 503: 'Redis is away.' }),
        },
      },
    },
    async () => {
      if (await lease.forget()) return { cleared: true as const };
      throw new ApiError(
        409,
        'RUN_IN_PROGRESS',
        `A run of ${system} is going on: wait for its end, or unblock it first.`,
      );
    },
  );
  app.post(
    '/v0/process/unblock',
    {
      schema: {
        tags: ['process'],
        summary: 'Release a run that is stuck',
        description:
          'Takes the lease away from whichever process holds it and ends that run; the cursor stays, and a new run may ' +
          'start at once.',
        response: {
          200: Type.Object({ released: Type.Boolean({ description: 'False where there was nothing to release.' }) }),
          ...errorAnswers({ 503: 'Redis is away.' }),
        },
      },
    },
    async () => ({ released: await runs.unblock() }),
  );
}

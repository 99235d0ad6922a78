import Type from 'typebox';
import { countWaiting, readBooks } from '../../../../db/endput/totals.ts';
import { readUnknownMessages } from '../../../../db/endput/unknown-messages.ts';
import type { Pool } from '../../../../db/pool.ts';
import type { Logger } from '../../../../runtime/logger.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import { ApiError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import type { HeldBack } from '../../held-back.ts';
import { shareReading } from '../../shared-reading.ts';
import { PageQuery } from '../answer-fields.ts';
import { Balance, UnaccountedPage } from '../balance-answers.ts';
import { balanceOf, createStillness } from '../balance.ts';
import type { Guard } from '../guard.ts';
import type { QueueDepths } from '../queue-depths.ts';
import { readSourceRows, readSourceState, SourceApiError, type SourceApi, type SourceRow } from '../source-apis.ts';

interface BalanceServices {
  pool: Pool;
  queues: QueueDepths;
  sourceApis: readonly SourceApi[];
  guard: Pick<Guard, 'reading'>;
  heldBack: Pick<HeldBack, 'since'>;
  logger: Logger;
  /** Whether what is told has stood still for long enough, see `balanceOf`; tests do not wait for that. */
  hasSettled?: (what: string) => boolean;
}

/** `GET /v0/balance`, and which rows make its difference. */
export function registerBalance(app: HttpServer, services: BalanceServices): void {
  registerBooks(app, services);
  registerUnaccounted(app, services);
}

/** Milliseconds from its begin for which a balance is everybody's: it asks endput, the broker, its management and every source. */
const SHARED_FOR = 500;

function registerBooks(app: HttpServer, services: BalanceServices): void {
  const { pool, queues, sourceApis, guard, heldBack, logger, hasSettled = createStillness() } = services;
  const read = shareReading(
    async () => {
      const [totals, retries] = await onEndput(() => Promise.all([readBooks(pool), countWaiting(pool)]));
      const [depths, inHand] = await Promise.all([queues.read(), queues.readInHand()]);
      const sources = await Promise.all(
        sourceApis.map(async (api) => {
          const state = await readSourceState(api).catch((error: unknown) => {
            if (!(error instanceof SourceApiError)) throw error;
            logger.debug({ err: error, system: api.system }, 'a source API does not answer');
            return undefined;
          });
          return [api.system, state] as const;
        }),
      );
      const reads = { totals, heldBackSince: heldBack.since(), retries, queues: { ...depths, inHand } };
      return balanceOf({ ...reads, sources: new Map(sources) }, hasSettled, new Date());
    },
    (took) => SHARED_FOR - took,
  );
  app.get(
    '/v0/balance',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['balance'],
        summary: 'The books: rows = unpublished + in flight + stored + dead + discarded, by source',
        description:
          'On a quiet system nothing is in flight: what is left over is unaccounted for. Ask again where rows are missing ' +
          'and it is not quiet yet though the queues are empty: that takes 12 s.',
        response: { 200: Balance, ...errorAnswers({ 503: 'Endput is away, or took too long.' }) },
      },
    },
    () => read(),
  );
}

/** Rows that are asked of a source at once, and how often for one page. */
const SOURCE_PAGE = 1_000;
const SOURCE_PAGES = 10;

function registerUnaccounted(app: HttpServer, { pool, sourceApis, guard }: BalanceServices): void {
  app.get(
    '/v0/balance/:source/unaccounted',
    {
      onRequest: guard.reading,
      schema: {
        tags: ['balance'],
        summary: 'Published rows of a source that endput does not know',
        description:
          'Neither stored, nor waiting for a retry, nor a dead letter. While orders flow, these are the ones on their way ' +
          'to their first attempt. A page looks at 10,000 rows at most: it may have no row, and a `next` all the same.',
        params: Type.Object({ source: Type.String({ minLength: 1, maxLength: 63 }) }),
        querystring: PageQuery,
        response: {
          200: UnaccountedPage,
          ...errorAnswers({
            400: 'A query parameter is wrong.',
            404: 'SOURCE_API_URLS names no such source.',
            503: 'Endput or the API of the source is away.',
          }),
        },
      },
    },
    async (request) => {
      const { source } = request.params;
      const api = sourceApis.find(({ system }) => system === source);
      if (api === undefined) throw new ApiError(404, 'SOURCE_UNKNOWN', `SOURCE_API_URLS names no source ${source}.`);
      return findUnaccounted(pool, api, readRowPlace(request.query.after), request.query.limit);
    },
  );
}

async function findUnaccounted(pool: Pool, api: SourceApi, from: number | undefined, limit: number) {
  const found: SourceRow[] = [];
  let after = from;
  let lookedAt = 0;
  for (let page = 0; page < SOURCE_PAGES; page += 1) {
    const { rows, next } = await onSourceApi(() => readSourceRows(api, after, SOURCE_PAGE));
    const published = rows.filter((row) => row.published);
    const unknown = await onEndput(() =>
      readUnknownMessages(
        pool,
        published.map((row) => row.message_id),
      ),
    );
    for (const [index, row] of rows.entries()) {
      if (!row.published || !unknown.has(row.message_id)) continue;
      found.push(row);
      if (found.length === limit) {
        const isLast = index === rows.length - 1 && next === null;
        return answer(found, isLast ? null : row.id, lookedAt + index + 1);
      }
    }
    lookedAt += rows.length;
    if (next === null) return answer(found, null, lookedAt);
    after = next;
  }
  return answer(found, after ?? null, lookedAt);
}

const answer = (rows: readonly SourceRow[], next: number | null, lookedAt: number) => ({
  rows: rows.map(({ id, message_id, product, price, created_at }) => ({ id, message_id, product, price, created_at })),
  next: next === null ? null : String(next),
  looked_at: lookedAt,
});

function readRowPlace(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new ApiError(400, 'INVALID_REQUEST', 'query parameter "after" must be what a page before said as "next".');
}

async function onSourceApi<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SourceApiError)) throw error;
    throw new ApiError(503, error.code, `The API of the source is away: ${error.message}. Try again later.`, {
      cause: error,
    });
  }
}

import Type from 'typebox';
import { PageQuery } from '../../apis/storefront/desk/answer-fields.ts';
import { Balance, UnaccountedPage } from '../../apis/storefront/desk/balance-answers.ts';
import { balanceOf } from '../../apis/storefront/desk/balance.ts';
import { LetterSummary } from '../../apis/storefront/desk/letter-answers.ts';
import { shownSummary } from '../../apis/storefront/desk/shown-letters.ts';
import { ApiError } from '../../apis/http/errors.ts';
import type { HttpServer } from '../../apis/http/http-server.ts';
import type { Books } from '../../db/endput/totals.ts';
import type { MadeUpDesk } from './made-up-desk.ts';
import { countBy, madeUpLetter } from './made-up-letters.ts';
import { pageAt } from './made-up-page.ts';

/** The books of a made-up desk: its numbers, from which the desk's own code works out what it says. */
export function registerMadeUpBooks(app: HttpServer, state: MadeUpDesk): void {
  /** As endput counts them: what is redriven and stored is an order, too. */
  const totals = (): Books => {
    const resolved = new Map(
      countBy(
        state.letters.filter((letter) => letter.state === 'resolved'),
        ({ source }) => source,
      ),
    );
    return {
      version: '1',
      complete: true,
      isBehind: state.heldBackSince !== undefined,
      orders: [...state.books].map(([source, { stored }]) => ({
        source,
        attempt: 1,
        orders: stored + (resolved.get(source) ?? 0),
        revenue: '0.00',
      })),
      deadLetters: countBy(state.letters, (letter) => JSON.stringify([letter.source, letter.reason, letter.state])).map(
        ([key, letters]) => {
          const [source, reason, of] = JSON.parse(key) as [string, string, string];
          return { source, reason, state: of, letters };
        },
      ),
      products: 5,
    };
  };
  /** The mirror of the ledger, as a sweep leaves it. */
  const mirrored = () => state.letters.filter((letter) => letter.state === 'dead').length;

  app.get('/v0/dead-letters/summary', { schema: { response: { 200: LetterSummary } } }, () =>
    shownSummary(totals(), mirrored(), new Date()),
  );
  app.get('/v0/balance', { schema: { response: { 200: Balance } } }, () => {
    const queues = { primary: 0, deadLetters: mirrored(), inHand: 0 };
    const sources = new Map(
      [...state.books].map(([source, { rows, missing }]) => [
        source,
        { rows: rows + missing, unpublished: 0, running: false },
      ]),
    );
    const reads = { totals: totals(), heldBackSince: state.heldBackSince, retries: 0, queues, sources };
    return balanceOf(reads, () => true, new Date());
  });
  app.get(
    '/v0/balance/:source/unaccounted',
    {
      schema: {
        params: Type.Object({ source: Type.String() }),
        querystring: PageQuery,
        response: { 200: UnaccountedPage },
      },
    },
    ({ params: { source }, query: { after, limit } }) => {
      const book = state.books.get(source);
      if (!book) throw new ApiError(404, 'SOURCE_UNKNOWN', `SOURCE_API_URLS names no source ${source}.`);
      const lost = Array.from({ length: book.missing }, (_, index) => ({
        id: 900 + index,
        message_id: madeUpLetter().message_id,
        product: 'White mug',
        price: '12.50',
        created_at: '2026-01-01T09:00:00.000000Z',
      }));
      const { rows, next } = pageAt(lost, after, limit);
      return { rows, next, looked_at: book.rows + book.missing };
    },
  );
}

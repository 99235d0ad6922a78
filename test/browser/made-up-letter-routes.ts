import Type, { type Static } from 'typebox';
import { AuditPage, AuditQuery } from '../../apis/storefront/desk/audit-answers.ts';
import {
  GroupQuery,
  LetterDetails,
  LetterGroupPage,
  LetterPage,
  LetterQuery,
} from '../../apis/storefront/desk/letter-answers.ts';
import { Sweep } from '../../apis/storefront/desk/operation-answers.ts';
import { ApiError } from '../../apis/http/errors.ts';
import type { HttpServer } from '../../apis/http/http-server.ts';
import type { MadeUpDesk } from './made-up-desk.ts';
import { fits, groupsOf, type MadeUpLetter } from './made-up-letters.ts';
import type { MadeUpLogin } from './made-up-login.ts';
import { pageAt } from './made-up-page.ts';

/** What a made-up desk tells of its letters, of the sweep of their mirror, and of who did what. */
export function registerMadeUpLetters(app: HttpServer, state: MadeUpDesk, login: MadeUpLogin): void {
  app.get(
    '/v0/dead-letters/groups',
    { schema: { querystring: GroupQuery, response: { 200: LetterGroupPage } } },
    ({ query: { limit, after, ...filter } }) => {
      const { rows, next } = pageAt(groupsOf(state.letters.filter(fits(filter))), after, limit);
      return { groups: rows, next, complete: true };
    },
  );
  app.get(
    '/v0/dead-letters',
    { schema: { querystring: LetterQuery, response: { 200: LetterPage } } },
    ({ query: { after, limit, order, message_id, ...filter } }) => {
      const found = state.letters
        .filter((letter) => fits(filter)(letter) && (message_id === undefined || letter.message_id === message_id))
        .sort((a, b) => (order === 'newest' ? 1 : -1) * b.died_at.localeCompare(a.died_at));
      const { rows, next } = pageAt(found, after, limit);
      return { dead_letters: rows, next };
    },
  );

  /** What was told last of each letter. */
  const told = new Map<string, MadeUpLetter>();
  app.get(
    '/v0/dead-letters/:id',
    { schema: { params: Type.Object({ id: Type.String() }), response: { 200: LetterDetails } } },
    ({ params: { id } }) => {
      const letter = state.letters.find(({ message_id }) => message_id === id);
      if (!letter) throw new ApiError(404, 'DEAD_LETTER_UNKNOWN', `${id} is no dead letter.`);
      const before = told.get(id);
      if (before && state.tornReads > 0 && before.history.length < letter.history.length) {
        state.tornReads -= 1;
        return { ...before, history: letter.history };
      }
      told.set(id, structuredClone(letter));
      return letter;
    },
  );

  app.get('/v0/dead-letters/sweep', { schema: { response: { 200: Sweep } } }, () => {
    const { sweep } = state;
    // It is carried through between two looks at it.
    if (sweep.wanted) state.sweep = { wanted: false, last: sweptNow() };
    return sweep;
  });
  app.post('/v0/dead-letters/sweep', { schema: { response: { 202: Sweep } } }, (request, reply) => {
    state.audit(login.operatorOf(request), 'sweep');
    state.sweep = { ...state.sweep, wanted: true };
    void reply.code(202);
    return state.sweep;
  });
  app.get('/v0/audit', { schema: { querystring: AuditQuery, response: { 200: AuditPage } } }, (request) => {
    login.actorOf(request);
    const { rows, next } = pageAt(state.audited, request.query.after, request.query.limit);
    return { entries: rows, next };
  });
}

const sweptNow = (): NonNullable<Static<typeof Sweep>['last']> => ({
  began_at: new Date().toISOString(),
  ended_at: new Date().toISOString(),
  ...{ looked_at: 123, stale: 2, kept: 120, unknown: 1, published: 4 },
});

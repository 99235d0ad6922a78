import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BALANCE_EXIT, showBalance, verdictOf, type BalanceAnswer } from './balance.ts';

const source = {
  ...{ source: 'system_1', reachable: true, running: false, rows: 1200, unpublished: 0, in_flight: 0, stored: 1000 },
  ...{ dead: 150, redriving: 0, discarded: 50, difference: 0 },
};
const balanced: BalanceAnswer = {
  complete: true,
  behind: false,
  held_back: null,
  quiet: true,
  balanced: true,
  sources: [source],
  unknown: { dead: 2, redriving: 0, discarded: 1 },
  queues: { primary_queue: 0, in_hand: 0, dlq_queue: 152, retries: 0 },
};
const open = { ...balanced, quiet: false, balanced: null, sources: [{ ...source, difference: null }] };

test.each<[string, BalanceAnswer, keyof typeof BALANCE_EXIT, RegExp]>([
  ['balanced books', balanced, 'balanced', /^Balanced/],
  [
    'a row that is missing',
    { ...balanced, balanced: false, sources: [{ ...source, difference: 3, in_flight: 3 }] },
    'unaccounted',
    /NOT BALANCED.*\n.*3 rows .*\/v0\/balance\/system_1\/unaccounted/,
  ],
  [
    'a row that is settled and in no source',
    { ...balanced, balanced: false, sources: [{ ...source, difference: -1, in_flight: -1 }] },
    'unaccounted',
    /1 more are settled/,
  ],
  [
    'a difference beside a source that is away',
    {
      ...balanced,
      balanced: null,
      sources: [
        { ...source, difference: 3 },
        { ...source, reachable: false, difference: null },
      ],
    },
    'unaccounted',
    /3 rows/,
  ],
  [
    'a source that is away',
    { ...balanced, balanced: null, sources: [{ ...source, reachable: false, difference: null }] },
    'not_known',
    /API of system_1 does not answer/,
  ],
  ['a run', { ...open, sources: [{ ...source, running: true }] }, 'not_quiet', /a run of system_1/],
  [
    'a queue that is not empty',
    { ...open, queues: { ...open.queues, primary_queue: 7 } },
    'not_quiet',
    /7 messages in primary_queue/,
  ],
  ['messages in hand', { ...open, queues: { ...open.queues, in_hand: 5 } }, 'not_quiet', /5 messages in the hands/],
  ['retries', { ...open, queues: { ...open.queues, retries: 4 } }, 'not_quiet', /4 messages wait/],
  ['a redrive', { ...open, sources: [{ ...source, redriving: 1, difference: null }] }, 'not_quiet', /redriven/],
  [
    'no broker',
    { ...open, queues: { ...open.queues, primary_queue: null } },
    'not_quiet',
    /the broker does not answer/,
  ],
  ['rows of a moment ago', { ...open, behind: true }, 'not_quiet', /what was stored last is not counted yet/],
  [
    'a transaction that holds the totals back',
    { ...open, behind: true, held_back: { since: '2026-01-01T00:00:00.000Z' } },
    'not_quiet',
    /since 2026-01-01T00:00:00.000Z a transaction .* pg_prepared_xacts/,
  ],
  ['older rows', { ...open, complete: false }, 'not_quiet', /still being counted/],
  ['nothing but a change a moment ago', open, 'not_quiet', /numbers still change/],
])('%s: an exit code of its own, and in words what it means', (_, answer, code, text) => {
  const verdict = verdictOf(answer);
  expect(verdict.code).toBe(BALANCE_EXIT[code]);
  expect(verdict.text).toMatch(text);
});

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  for (const stream of ['log', 'error'] as const)
    vi.spyOn(console, stream).mockImplementation((text: string) => void said.push(text));
});
afterEach(() => vi.restoreAllMocks());

test('the books are asked of the storefront that is named, and printed as a table', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/v0/balance' ? 200 : 404;
    response.end(JSON.stringify(balanced));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  expect(await showBalance({}, ['--url', url])).toBe(0);
  expect(await showBalance({ BALANCE_URL: url }, [])).toBe(0);
  const [table = ''] = said;
  expect(table.split('\n').slice(0, 2)).toEqual([
    'source    rows  unpublished  in flight  stored  dead  discarded  difference',
    'system_1  1200            0          0    1000   150         50           0',
  ]);
  expect(said[1]).toBe(table);
  server.close();
  server.closeAllConnections();
  expect(await showBalance({ BALANCE_URL: url }, [])).toBe(BALANCE_EXIT.not_known);
  expect(said.at(-1)).toMatch(/does not answer/);
});

test('where reading needs a login, it logs in with the name and password in the environment, or says that it needs them', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${JSON.stringify(body)}`);
      if (request.url === '/v0/login') {
        const isRight = JSON.stringify(body) === '{"name":"viewer","password":"right"}';
        response.statusCode = isRight ? 200 : 401;
        response.end(JSON.stringify(isRight ? { token: 'abc' } : { code: 'LOGIN_REFUSED' }));
      } else {
        response.statusCode = request.headers.authorization === 'Bearer abc' ? 200 : 401;
        response.end(JSON.stringify(balanced));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { BALANCE_URL: url, DESK_OPERATOR_NAME: 'viewer' };
  expect(await showBalance({ ...env, DESK_OPERATOR_PASSWORD: 'right' }, [])).toBe(0);
  expect(asked.map((one) => one.slice(0, 16))).toEqual(['GET /v0/balance ', 'POST /v0/login {', 'GET /v0/balance ']);
  expect(await showBalance({ ...env, DESK_OPERATOR_PASSWORD: 'wrong' }, [])).toBe(BALANCE_EXIT.not_known);
  expect(said.at(-1)).toMatch(/does not log viewer in, status 401: .*LOGIN_REFUSED/);
  expect(said.join()).not.toContain('wrong');
  expect(await showBalance({ BALANCE_URL: url }, [])).toBe(BALANCE_EXIT.not_known);
  expect(said.at(-1)).toMatch(/asks for a login: DESK_OPERATOR_PASSWORD=.* logs in as operator/);
  server.close();
  server.closeAllConnections();
});

/** The body of a request, undefined where it has none. */
async function json(request: IncomingMessage): Promise<unknown> {
  const chunks = await request.toArray();
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks as Buffer[]).toString());
}

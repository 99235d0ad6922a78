import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfiguration } from '../runtime/configuration.ts';
import { storefrontSettings } from '../runtime/settings.ts';
import { findStorefrontInDocker } from './docker/find-apis.ts';
import { findLauncher } from './launcher-lock.ts';
import { dataFolder } from '../runtime/data-folder.ts';
import { readRunning } from './running-file.ts';

/** What `make balance` ends with. */
export const BALANCE_EXIT = { balanced: 0, unaccounted: 1, not_quiet: 2, not_known: 3 } as const;

/** Milliseconds that are waited for quiet: where rows are missing, the storefront says so after 12 s without a change. */
const PATIENCE = 30_000;
const INTERVAL = 1_000;
const ANSWER_TIMEOUT = 15_000;

const { DESK_OPERATOR_NAME } = storefrontSettings;

/** `GET /v0/balance` of the storefront, as far as it is shown here. */
export interface BalanceAnswer {
  complete: boolean;
  behind: boolean;
  held_back: { since: string } | null;
  quiet: boolean;
  balanced: boolean | null;
  sources: ({ source: string; reachable: boolean; running: boolean | null } & Record<Column, number | null>)[];
  unknown: { dead: number; redriving: number; discarded: number };
  queues: { primary_queue: number | null; in_hand: number | null; dlq_queue: number | null; retries: number };
}
const COLUMNS = ['rows', 'unpublished', 'in_flight', 'stored', 'dead', 'discarded', 'difference'] as const;
type Column = (typeof COLUMNS)[number] | 'redriving';

/** `make balance`: prints the books, waiting for quiet for a while, and resolves with the exit code. */
export async function showBalance(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { url: { type: 'string' } } });
  const url = values.url ?? (env.BALANCE_URL || (await findStorefront(env)));
  if (url === undefined) {
    console.error('Nothing is running or it is not ready yet: make start_with_logs starts it, --url names another.');
    return BALANCE_EXIT.not_known;
  }
  const giveUpAt = Date.now() + PATIENCE;
  const session: Session = { url, env };
  for (;;) {
    const answer = await readBalance(session);
    if (typeof answer === 'string') {
      console.error(answer);
      return BALANCE_EXIT.not_known;
    }
    const { code, text } = verdictOf(answer);
    if (code !== BALANCE_EXIT.not_quiet || Date.now() > giveUpAt) {
      console.log(`${balanceTable(answer)}\n\n${text}`);
      return code;
    }
    await sleep(INTERVAL);
  }
}

async function findStorefront(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folder = dataFolder(env);
  if ((await findLauncher(folder)) !== undefined) return readRunning(folder)?.storefront;
  return findStorefrontInDocker(env);
}

interface Session {
  url: string;
  env: NodeJS.ProcessEnv;
  /** Of a login that it turned out to need. */
  token?: string;
}

/** The answer, or in words why there is none. Logs in where the storefront asks for it (DESK_READING=login). */
async function readBalance(session: Session): Promise<BalanceAnswer | string> {
  const { url, env } = session;
  try {
    let answer = await ask(session, '/v0/balance');
    if (answer.status === 401) {
      const { DESK_OPERATOR_NAME: name } = readConfiguration({ DESK_OPERATOR_NAME }, env);
      const password = env.DESK_OPERATOR_PASSWORD;
      if (!password) return `${url} asks for a login: DESK_OPERATOR_PASSWORD=... make balance logs in as ${name}.`;
      const login = await ask(session, '/v0/login', { name, password });
      if (!login.ok) return `${url} does not log ${name} in, status ${login.status}: ${await excerptOf(login)}`;
      session.token = ((await login.json()) as { token: string }).token;
      answer = await ask(session, '/v0/balance');
    }
    if (answer.ok) return (await answer.json()) as BalanceAnswer;
    return `${url} gives no balance, status ${answer.status}: ${await excerptOf(answer)}`;
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${url} does not answer: ${why instanceof Error ? why.message : String(why)}`;
  }
}

const ask = ({ url, token }: Session, path: string, body?: object): Promise<Response> =>
  fetch(new URL(path, url), {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT),
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });

const excerptOf = async (answer: Response): Promise<string> => (await answer.text()).slice(0, 500);

/** What the books say, in words, and the exit code that goes with it. */
export function verdictOf(balance: BalanceAnswer): { code: number; text: string } {
  const { sources, queues } = balance;
  const away = sources.filter(({ reachable }) => !reachable).map(({ source }) => source);
  if (balance.balanced === true) return { code: BALANCE_EXIT.balanced, text: 'Balanced: every row is accounted for.' };
  const wrong = sources.filter(({ difference }) => difference !== null && difference !== 0);
  if (wrong.length > 0) {
    const lines = wrong.map(({ source, difference }) => {
      const rows = Math.abs(difference ?? 0);
      return (difference ?? 0) > 0
        ? `${source}: ${rows} rows are unaccounted for; GET /v0/balance/${source}/unaccounted names them.`
        : `${source}: ${rows} more are settled than the source has rows.`;
    });
    return { code: BALANCE_EXIT.unaccounted, text: ['NOT BALANCED, and nothing is under way.', ...lines].join('\n') };
  }
  if (balance.quiet) {
    const text = `Not known: the API of ${away.join(' and ')} does not answer the storefront (SOURCE_API_URLS).`;
    return { code: BALANCE_EXIT.not_known, text };
  }
  const sum = (column: Column) => sources.reduce((all, source) => all + (source[column] ?? 0), 0);
  const running = sources.filter((source) => source.running).map(({ source }) => source);
  const reasons = [
    ...(balance.complete ? [] : ['older rows are still being counted']),
    ...(balance.behind ? [notCounted(balance)] : []),
    ...running.map((source) => `a run of ${source} publishes rows`),
    ...(queues.primary_queue === null ? ['the broker does not answer the storefront'] : []),
    ...(queues.primary_queue ? [`${queues.primary_queue} messages in primary_queue`] : []),
    ...(queues.in_hand ? [`${queues.in_hand} messages in the hands of consumers`] : []),
    ...(queues.in_hand === null ? ['the management API does not say what consumers have in hand'] : []),
    ...(queues.retries > 0 ? [`${queues.retries} messages wait for a retry`] : []),
    ...(sum('redriving') + balance.unknown.redriving > 0 ? ['dead letters are being redriven'] : []),
  ];
  const why = reasons.length > 0 ? reasons.join('; ') : 'numbers still change';
  return { code: BALANCE_EXIT.not_quiet, text: `Not quiet, so nothing can be said yet: ${why}.` };
}

const notCounted = ({ held_back: heldBack }: BalanceAnswer): string =>
  heldBack === null
    ? 'what was stored last is not counted yet'
    : `since ${heldBack.since} a transaction that does not end, on the database server of endput, keeps what was stored ` +
      'after its begin from being counted (pg_stat_activity and pg_prepared_xacts name it)';

/** The books as a table, a source a line. */
export function balanceTable({ sources, unknown, queues }: BalanceAnswer): string {
  const rows = sources.map((source) => [source.source, ...COLUMNS.map((column) => source[column]?.toString() ?? '-')]);
  const table = [['source', ...COLUMNS.map((column) => column.replace('_', ' '))], ...rows];
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((row) => (row[at] ?? '').length)));
  const lines = table.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
  const shown = (depth: number | null) => depth?.toString() ?? 'not known';
  return [
    ...lines,
    '',
    `dead letters of no source: ${unknown.dead} dead, ${unknown.redriving} redriving, ${unknown.discarded} discarded`,
    `primary_queue: ${shown(queues.primary_queue)} ready, ${shown(queues.in_hand)} in hand; ` +
      `retries: ${queues.retries}; dlq_queue: ${shown(queues.dlq_queue)}`,
  ].join('\n');
}

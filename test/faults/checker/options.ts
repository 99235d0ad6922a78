import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ms, { type StringValue } from 'ms';
import type { Rules } from './expectation.ts';
import { eachOf, type Broker } from './queues.ts';
import type { Source } from './read-source.ts';

/** What is checked, and how. */
export interface CheckOptions extends Rules {
  sources: Source[];
  endput: string;
  attemptLog: string;
  broker: Broker;
  /** Milliseconds. */
  attemptLogTtl: number;
  /** It is not known what the handler makes of a row, so that only the books are checked. */
  ownHandler: boolean;
  settled: boolean;
  /** Whether `dlq_queue` is looked at message by message, only counted, or left alone. */
  deadLetters: 'messages' | 'count' | 'none';
  /** Milliseconds before a second look is taken at what deviates. */
  againAfter: number;
  /** How many deviations of a kind are named. */
  show: number;
  json: boolean;
}

/** The command line or a setting cannot be read. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run check-books -- [options]

Reads the books of a system (sources, endput, queues, attempt log), and says whether they balance.

  --settled              nothing may be under way: no message in the queues, no retry waiting
  --max-attempts N       attempts before a message is dead-lettered (MAX_ATTEMPTS, 5)
  --simulated-failures   on or off: whether orders ask for failed attempts (SIMULATED_FAILURES, on)
  --own-handler          the handler is not the shipped one: check the books, not what became of each row
  --dlq HOW              messages: compare dlq_queue with the ledger message by message (with --settled);
                         count: compare their numbers (else); none
  --again-after TIME     pause before the second look at what deviates (6s); 0s takes none
  --show N               how many deviations of a kind are named (10)
  --json                 the result as JSON

Where the stores are: the option, else the variable, else the system that runs in LOCAL_DIR, else the README's addresses.
  --source NAME=URL      a source system and its database; repeat it for each (default: system_1 and system_2)
  --endput URL           ENDPUT_DATABASE_URL
  --attempt-log URL      ATTEMPT_LOG_URL; --attempt-log-ttl TIME is ATTEMPT_LOG_TTL (600s)
  --rabbitmq URL         RABBITMQ_URL; of a cluster several, separated by commas
  --management URL       the management of RabbitMQ (RABBITMQ_MANAGEMENT_URL), or several

Exit code: 0 balanced, 1 not, 2 the books could not be read.
`;

const OPTIONS = {
  settled: { type: 'boolean', default: false },
  'max-attempts': { type: 'string' },
  'simulated-failures': { type: 'string' },
  'own-handler': { type: 'boolean', default: false },
  dlq: { type: 'string' },
  'again-after': { type: 'string', default: '6s' },
  show: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
  source: { type: 'string', multiple: true },
  endput: { type: 'string' },
  'attempt-log': { type: 'string' },
  'attempt-log-ttl': { type: 'string' },
  rabbitmq: { type: 'string' },
  management: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads command line and environment; 'help' when that is asked for. Throws a `UsageError`. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): CheckOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const servers = localServers(env);
  const rabbitmq = values.rabbitmq ?? env.RABBITMQ_URL ?? servers.rabbitmq;
  return {
    sources: values.source?.map(readSourceOption) ?? [
      { system: 'system_1', url: servers.db1 },
      { system: 'system_2', url: servers.db2 },
    ],
    endput: values.endput ?? env.ENDPUT_DATABASE_URL ?? servers.endput,
    attemptLog: values['attempt-log'] ?? env.ATTEMPT_LOG_URL ?? servers.attemptLog,
    broker: {
      url: rabbitmq,
      managementUrl: withUserOf(rabbitmq, values.management ?? env.RABBITMQ_MANAGEMENT_URL ?? servers.management),
    },
    maxAttempts: wholeNumber('--max-attempts', values['max-attempts'] ?? env.MAX_ATTEMPTS ?? '5'),
    attemptLogTtl: duration('--attempt-log-ttl', values['attempt-log-ttl'] ?? env.ATTEMPT_LOG_TTL ?? '600s'),
    simulatedFailures:
      oneOf('--simulated-failures', values['simulated-failures'] ?? env.SIMULATED_FAILURES ?? 'on', ['on', 'off']) ===
      'on',
    ownHandler: values['own-handler'],
    settled: values.settled,
    deadLetters: oneOf('--dlq', values.dlq ?? (values.settled ? 'messages' : 'count'), ['messages', 'count', 'none']),
    againAfter: duration('--again-after', values['again-after']),
    show: wholeNumber('--show', values.show),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Servers = Record<'db1' | 'db2' | 'endput' | 'attemptLog' | 'rabbitmq' | 'management', string>;

/** The servers of the local form: those that it says to run in its folder, else those of the README. */
function localServers(env: NodeJS.ProcessEnv): Servers {
  const postgres = (port: string, database: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;
  const documented: Servers = {
    db1: postgres(env.DB1_PORT ?? '5432', 'db_postgres_1'),
    db2: postgres(env.DB2_PORT ?? '5433', 'db_postgres_2'),
    endput: postgres(env.ENDPUT_PORT ?? '5434', 'db_postgres_endput'),
    attemptLog: postgres(env.ATTEMPT_LOG_PORT ?? '5435', 'db_attempt_log'),
    rabbitmq: `amqp://guest:guest@127.0.0.1:${env.RABBITMQ_PORT ?? '5672'}`,
    management: `http://127.0.0.1:${env.RABBITMQ_MANAGEMENT_PORT ?? '15672'}`,
  };
  const checkout = fileURLToPath(new URL('../../..', import.meta.url));
  try {
    const running = JSON.parse(readFileSync(resolve(checkout, env.LOCAL_DIR ?? '.local', 'running.json'), 'utf8')) as {
      servers?: Partial<Servers>;
    };
    return { ...documented, ...running.servers };
  } catch {
    // Nothing runs there.
    return documented;
  }
}

function readSourceOption(text: string): Source {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--source must be NAME=URL, not "${text}"`);
  return { system: text.slice(0, at), url: text.slice(at + 1) };
}

/** The management's URLs with the broker's user, where they name none. */
function withUserOf(broker: string, management: string): string {
  const { username, password } = new URL(eachOf(broker)[0] ?? '');
  const withUser = eachOf(management).map((text) => {
    const url = new URL(text);
    if (url.username === '') [url.username, url.password] = [username, password];
    return url.toString();
  });
  return withUser.join(',');
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError(`${name} must be a whole number, not "${text}"`);
  return value;
}

function duration(name: string, text: string): number {
  if (!/^[0-9]+(ms|s|m|h)$/.test(text)) throw new UsageError(`${name} must be a time such as 6s, not "${text}"`);
  return ms(text as StringValue);
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const value = allowed.find((one) => one === text);
  if (value === undefined) throw new UsageError(`${name} must be one of ${allowed.join(', ')}, not "${text}"`);
  return value;
}

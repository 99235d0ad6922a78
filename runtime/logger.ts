import { pino, type Logger } from 'pino';
import pretty, { prettyFactory } from 'pino-pretty';

export type { Logger } from 'pino';

const PRETTY = { colorize: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' };

/** Makes a JSON line of a logger what `LOG_FORMAT=pretty` writes; any other line stays as it is. */
export function createPrettifier(): (line: string) => string[] {
  const prettify = prettyFactory(PRETTY);
  return (line) => prettify(line).trimEnd().split('\n');
}

/**
 * The logger of one process: JSON lines, or pretty ones on a terminal. Fields that name a message are always
 * `message_id`, `attempt` and `system`.
 */
export function createLogger(
  name: string,
  configuration: { LOG_LEVEL: string; LOG_FORMAT: 'auto' | 'json' | 'pretty' },
): Logger {
  const isPretty =
    configuration.LOG_FORMAT === 'pretty' || (configuration.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  const options = { name, level: configuration.LOG_LEVEL };
  return isPretty ? pino(options, pretty({ ...PRETTY, sync: true })) : pino(options);
}

/** A URL without its password, for log lines and error messages. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    return parsed.toString();
  } catch {
    return 'an unreadable URL';
  }
}

import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

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
  return isPretty
    ? pino(options, pretty({ colorize: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', sync: true }))
    : pino(options);
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

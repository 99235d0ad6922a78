import closeWithGrace from 'close-with-grace';
import type { Logger } from './logger.ts';

/** Ends one opened thing. Called at most once. */
export type Closer = () => unknown;

/**
 * What a process opened, closed last-in-first-out. Whoever opens a thing pushes its closer at once, so a start that
 * fails half-way leaves nothing open. Every closer runs even if another fails; the first error is thrown at the end.
 */
export function createClosers(logger: Logger) {
  const closers: { name: string; close: Closer }[] = [];
  return {
    push(name: string, close: Closer): void {
      closers.push({ name, close });
    },
    async closeAll(): Promise<void> {
      let failure: unknown;
      for (let entry = closers.pop(); entry; entry = closers.pop()) {
        try {
          await entry.close();
        } catch (error) {
          failure ??= error;
          logger.error({ err: error }, `closing ${entry.name} failed`);
        }
      }
      if (failure !== undefined)
        throw failure instanceof Error ? failure : new Error('closing failed', { cause: failure });
    },
  };
}
export type Closers = ReturnType<typeof createClosers>;

/**
 * Runs a process from start to stop. `open` starts everything and pushes what must be closed. The first SIGTERM or
 * SIGINT closes in order; a second signal, or `stopTimeout` milliseconds, ends the process at once (exit code 1).
 * An error that nobody caught ends it at once too. A failed start closes what was open and exits with 1; so does `fail`, which is for what goes wrong for good later.
 */
export async function runProcess(
  logger: Logger,
  stopTimeout: number,
  open: (closers: Closers, fail: (error: unknown) => void) => Promise<void>,
): Promise<void> {
  const closers = createClosers(logger);
  let hasFailed = false;
  const grace = closeWithGrace(
    { delay: stopTimeout, logger: { error: (message: unknown) => logger.error(String(message)) } },
    async ({ signal, err }) => {
      if (err) {
        // Nobody knows what state the process is in. It must die as if killed: to finish in order would hide from the
        // crash guard which message kills consumers.
        logger.fatal({ err }, 'ended by an error that nobody caught');
        process.exit(1);
      }
      logger.info(`stopping${signal ? ` on ${signal}` : ''}`);
      await closers.closeAll();
      logger.info('stopped');
      // Left to the library, an exit that no error event caused would have code 0.
      if (hasFailed) process.exit(1);
    },
  );
  const fail = (error: unknown) => {
    hasFailed = true;
    // An error of ours says what to do; of any other the stack helps.
    logger.fatal(error instanceof Error && 'code' in error ? error.message : { err: error }, 'cannot go on');
    grace.close();
  };
  try {
    await open(closers, fail);
  } catch (error) {
    fail(error);
  }
}

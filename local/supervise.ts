import { setTimeout as sleepFor } from 'node:timers/promises';

/** Something that runs and can be stopped. */
export interface Runner {
  /** Resolves with how it ended, in words. */
  exited: Promise<string>;
  /** Asks it to stop, and ends it after `deadline` ms. */
  stop: (deadline: number) => Promise<void>;
  kill: () => Promise<void>;
}

/** A server or process that is to run until the launcher stops. */
export interface Part {
  name: string;
  /** Tells its runner as soon as it can be stopped, and resolves when it is ready. Rejects when it ends before. */
  start: (started: (runner: Runner) => void) => Promise<void>;
}

/** Waits so many milliseconds; given in tests. */
type Sleep = (milliseconds: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown>;

/** Pause before the first restart in milliseconds; each further one doubles it up to the longest. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/** What has run this long is taken for healthy: its next restart has the first pause again. */
const HEALTHY_AFTER = 60_000;

/**
 * Starts a part and, once it was ready, starts it again whenever it ends by itself. `ready` rejects when it ends before
 * it was ever ready: a wrong setting does not get better by trying again.
 */
export function supervise(part: Part, say: (text: string) => void, sleep: Sleep = sleepFor) {
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  let current: Runner | undefined;
  const start = () => part.start((runner) => (current = runner));
  const watch = async () => {
    for (let pause = FIRST_PAUSE; ;) {
      const since = Date.now();
      let how = (await current?.exited) ?? 'ended';
      // Also what it left behind, such as the name server of RabbitMQ.
      if (!isStopping()) await current?.kill();
      if (Date.now() - since > HEALTHY_AFTER) pause = FIRST_PAUSE;
      for (let isBack = false; !isBack; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        if (isStopping()) return;
        say(`${part.name} ${how}; it is started again in ${pause / 1000} s.`);
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (isStopping()) return;
        try {
          await start();
          isBack = true;
          say(`${part.name} runs again.`);
        } catch (error) {
          how = `could not be started (${firstLine(error)})`;
        }
      }
    }
  };
  const ready = start();
  const watching = ready.then(watch, () => undefined);
  return {
    name: part.name,
    ready,
    /** Stops it for good, by force after `deadline` ms. */
    async stop(deadline: number): Promise<void> {
      stopping.abort();
      await current?.stop(deadline);
      // A start that was under way is not waited for: whoever stops everything looks for what is left.
      await Promise.race([watching, sleepFor(200, undefined, { ref: false })]);
    },
  };
}
export type Supervised = ReturnType<typeof supervise>;

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n', 1).join();

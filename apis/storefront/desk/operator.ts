import { followOutcomes } from '../../../db/endput/desk-outcomes.ts';
import { readActiveOperations, type ActiveOperation } from '../../../db/endput/desk-operations.ts';
import { withSessionLock } from '../../../db/endput/session-lock.ts';
import { backoffDelay, pause } from '../../../runtime/backoff.ts';
import { createPace, type Pace } from './pace.ts';
import { workAtOperation, type DeskContext } from './work-at-operation.ts';

/** Operations that this copy works at together, and those that it looks at for one. */
const AT_ONCE = 6;
const MOST_ACTIVE = 500;
/** Milliseconds between two looks for work. */
const INTERVAL = 250;
const BACKOFF = { shortest: 500, longest: 10_000 };
/** Letters whose outcome is looked for at a time where nothing else is left to do, and how seldom that may become (ms). */
const LOOK = 2_000;
const FOLLOW = { shortest: 250, longest: 5_000 };

interface Place extends ActiveOperation {
  /** Not visited before this time. */
  at: number;
  failures: number;
  /** Looks for outcomes that found none, and the place of the set that the last one came to. */
  idle: number;
  place: number;
  pace: Pace;
}

/**
 * Works at all operations of the desk about which something is left to do. Any number of copies may run: one at a time
 * works at an operation, under a lock on the connection that it writes with. What waits (for a canary's outcomes, for an
 * operator) holds neither lock nor connection, and where there are more than are worked at together they take turns.
 * Resolves when `stop` is aborted and what was in hand is published or left to the next; never rejects.
 */
export async function runOperator(context: DeskContext): Promise<void> {
  const { pool, metrics, logger, stop } = context;
  const working = new Map<string, Promise<void>>();
  const places = new Map<string, Place>();
  let othersWait = false;

  const visit = async (place: Place): Promise<void> => {
    const { id, pace } = place;
    try {
      const found = await withSessionLock(pool, `desk operation ${id}`, async (client) => {
        const turn = { began: Date.now(), othersWait: () => othersWait };
        const look = await followOutcomes(client, id, place.place, LOOK);
        place.place = look.at;
        // Also one that does not run may have left something to publish, when its process died.
        await workAtOperation(client, id, { ...context, pace, turn });
        return look.found > 0 || look.at > 0;
      });
      place.failures = 0;
      place.idle = found === true || place.state === 'running' ? 0 : place.idle + 1;
      place.at = Date.now() + (place.idle === 0 ? INTERVAL : backoffDelay(place.idle, FOLLOW));
    } catch (error) {
      place.failures += 1;
      place.at = Date.now() + backoffDelay(place.failures, BACKOFF);
      if (stop.aborted) return;
      metrics.deskWaits.inc();
      logger.warn(
        { err: error, operation: id, failures: place.failures },
        'an operation of the desk waits, and goes on by itself',
      );
    }
  };

  /** What is known of each operation from earlier visits; one whose state has changed since is visited at once. */
  const remember = (active: readonly ActiveOperation[]): void => {
    const ids = new Set(active.map(({ id }) => id));
    for (const id of places.keys()) if (!ids.has(id)) places.delete(id);
    for (const operation of active) {
      const known = places.get(operation.id);
      if (known?.state === operation.state) continue;
      const fresh = { at: 0, failures: 0, idle: 0, place: 0, pace: createPace(operation.rate ?? undefined) };
      places.set(operation.id, Object.assign(known ?? fresh, { ...operation, at: 0, failures: 0, idle: 0 }));
    }
  };

  for (let failures = 0; !stop.aborted;) {
    try {
      const active = await readActiveOperations(pool, MOST_ACTIVE);
      failures = 0;
      metrics.deskActive.set(active.length);
      remember(active);
      const due = [...places.values()].filter(({ id, at }) => !working.has(id) && Date.now() >= at);
      // Those that have waited for longest come first.
      due.sort((a, b) => a.at - b.at);
      const next = due.splice(0, AT_ONCE - working.size);
      othersWait = due.length > 0;
      for (const place of next) {
        const { id } = place;
        working.set(
          id,
          visit(place).finally(() => working.delete(id)),
        );
      }
      await pause(INTERVAL, stop);
    } catch (error) {
      failures += 1;
      // At the start the tables may not be there yet.
      logger.debug({ err: error, failures }, 'endput does not tell of operations of the desk; trying again');
      await pause(backoffDelay(failures, BACKOFF), stop);
    }
  }
  await Promise.all(working.values());
}

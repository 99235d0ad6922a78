import { recall, remember } from '../view/remembered.js';
import { RequestFailed } from '../view/request.js';
import { fetchSession, logOut, renewSession } from './desk-api.js';

/** @import { ServerClock } from '../view/server-clock.js' */
/** @import { Session } from './desk-api.js' */

/**
 * Kept in the browser: a mark that somebody logged in here. Without it nobody is, so the API need not be asked. Its value
 * is the end of the session, but only so that it is another one after each renewal: nothing reads it as a time. Whether the
 * session still lasts the API knows, and a clock that is minutes off does not.
 */
const KEPT = 'desk-session';
/** Milliseconds between two renewals at least: a login may be at its end, and then does not get longer. */
const LEAST_PAUSE = 10_000;

/**
 * Whether to ask for a longer session: its second half has begun, and somebody used the page since it was made.
 * @param {{ madeAt: number, endsAt: number, usedAt: number, now: number }} times milliseconds
 */
export const isTimeToRenew = ({ madeAt, endsAt, usedAt, now }) =>
  now < endsAt && usedAt > madeAt && now - madeAt > Math.max(LEAST_PAUSE, (endsAt - madeAt) / 2);

/**
 * Who is logged in. The token is in a cookie that no script can read, so the API is asked. It is renewed while somebody
 * uses the page, and ends by itself otherwise.
 * @param {{ clock: ServerClock, everySecond: (callback: () => void) => void }} page
 */
export function createSession({ clock, everySecond }) {
  /** @type {Session | undefined} */
  let current;
  let madeAt = 0;
  let usedAt = 0;
  let isRenewing = false;
  /** @type {Set<(how: 'in' | 'out' | 'ended') => void>} */
  const listeners = new Set();

  /** @param {Session | undefined} next @param {'in' | 'out' | 'ended'} how */
  function set(next, how) {
    const isOther = next?.name !== current?.name || next?.role !== current?.role;
    current = next;
    madeAt = performance.now();
    remember(KEPT, next?.expires_at ?? '');
    if (isOther) for (const listener of listeners) listener(how);
  }

  /** Asks who is logged in, where somebody may be. */
  async function look() {
    if (!recall(KEPT)) {
      if (current) set(undefined, 'ended');
      return;
    }
    try {
      set(await fetchSession(AbortSignal.timeout(30_000)), 'in');
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 401) set(undefined, 'ended');
      else setTimeout(() => void look(), 5_000);
    }
  }

  async function renew() {
    isRenewing = true;
    try {
      set(await renewSession(), 'in');
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 401) set(undefined, 'ended');
      // Anything else is tried again, but not at once.
      madeAt = performance.now();
    } finally {
      isRenewing = false;
    }
  }

  for (const sign of ['pointerdown', 'keydown'])
    document.addEventListener(sign, () => (usedAt = performance.now()), { passive: true, capture: true });
  // Another tab of this page logged in or out.
  window.addEventListener('storage', ({ key }) => {
    if (key === KEPT) void look();
  });
  everySecond(() => {
    // Until the server's time is known, nobody knows whether the session has ended.
    if (!current || !clock.isKnown()) return;
    const now = performance.now();
    const endsAt = now + Date.parse(current.expires_at) - clock.now();
    if (now >= endsAt) set(undefined, 'ended');
    else if (!isRenewing && isTimeToRenew({ madeAt, endsAt, usedAt, now })) void renew();
  });

  return {
    look,
    current: () => current,
    isOperator: () => current?.role === 'operator',
    /** @param {Session} session */
    begin: (session) => set(session, 'in'),
    /** The API says that nobody is logged in. */
    forget: () => set(undefined, 'ended'),
    /** Rejects where the API cannot be told: whoever is logged in then still is. */
    async end() {
      await logOut();
      set(undefined, 'out');
    },
    /** @param {(how: 'in' | 'out' | 'ended') => void} listener told when somebody else is logged in, or nobody */
    onChange: (listener) => void listeners.add(listener),
  };
}
/** @typedef {ReturnType<typeof createSession>} DeskSession */

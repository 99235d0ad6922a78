import { readFrame } from './frames.js';
import { reconnectDelay } from './reconnect.js';

/** @import { Delta, ServerFrame } from './frames.js' */

/** A feed that is alive sends at least every 5 seconds; one that is silent for so many milliseconds is dead. */
const SILENCE = 15_000;
/** Milliseconds that a connection must live for its next loss to begin with the shortest wait again. */
const PROVEN_AFTER = 5_000;

/**
 * How the connection is. `connecting`: the first time, or trying again. `waiting`: lost, tried again at `until`
 * (milliseconds of `clock.now`). `live`: frames flow.
 * @typedef {{ state: 'connecting' } | { state: 'waiting', until: number } | { state: 'live' }} ConnectionState
 */

/**
 * What the connection runs on, given in tests.
 * @typedef {object} Surroundings
 * @property {() => WebSocket} open
 * @property {() => number} now milliseconds
 * @property {(milliseconds: number, callback: () => void) => () => void} after calls back once; the result undoes it
 * @property {() => number} random
 */

/**
 * Keeps one connection to the feed: says hello with the last place, hands on every frame in order, and comes back with
 * back-off when it is lost, silent, or has left out a frame.
 * @param {{ onFrame: (frame: ServerFrame) => void, onState: (state: ConnectionState) => void }} handlers
 * @param {Surroundings} surroundings
 */
export function createConnection({ onFrame, onState }, surroundings) {
  const { now, after, random } = surroundings;
  /** @type {WebSocket | undefined} */
  let socket;
  /** @type {{ copy_id: string, seq: number } | undefined} */
  let place;
  let isStopped = false;
  let failures = 0;
  let liveSince = 0;
  let undoTimer = () => {};
  let undoWatch = () => {};

  function connect() {
    undoTimer();
    undoTimer = () => {};
    onState({ state: 'connecting' });
    /** @type {WebSocket} */
    let opened;
    try {
      opened = surroundings.open();
    } catch {
      // A browser without WebSocket, or a policy that forbids it: nothing to wait for, but it may be allowed later.
      lose();
      return;
    }
    socket = opened;
    watch(opened);
    opened.addEventListener('open', () => {
      opened.send(JSON.stringify(place ? { type: 'hello', resume: place } : { type: 'hello' }));
    });
    opened.addEventListener('message', (event) => {
      if (socket === opened) receive(opened, String(event.data));
    });
    opened.addEventListener('close', () => {
      if (socket === opened) lose();
    });
  }

  /** @param {WebSocket} from @param {string} text */
  function receive(from, text) {
    let frame;
    try {
      frame = readFrame(text);
      if (frame.type === 'delta' && !follows(frame)) throw new Error('a frame is missing');
    } catch {
      // Nothing is known of what was in between: from the start.
      place = undefined;
      drop(from);
      return;
    }
    place = { copy_id: frame.copy_id, seq: frame.seq };
    watch(from);
    if (frame.type !== 'delta') {
      liveSince = now();
      onState({ state: 'live' });
    } else if (failures > 0 && now() - liveSince > PROVEN_AFTER) failures = 0;
    onFrame(frame);
  }

  /** @param {Delta} delta */
  const follows = (delta) => place?.copy_id === delta.copy_id && delta.seq === place.seq + 1;

  /** @param {WebSocket} watched */
  function watch(watched) {
    undoWatch();
    undoWatch = after(SILENCE, () => drop(watched));
  }

  /**
   * Gives a connection up without waiting for the other side, which may not be there.
   * @param {WebSocket} dropped
   */
  function drop(dropped) {
    if (socket !== dropped) return;
    lose();
    dropped.close();
  }

  function lose() {
    socket = undefined;
    undoWatch();
    const delay = reconnectDelay(failures, random());
    failures += 1;
    onState({ state: 'waiting', until: now() + delay });
    undoTimer = after(delay, connect);
  }

  return {
    /** Connects, where it is not connected or connecting already. */
    start() {
      isStopped = false;
      if (socket === undefined) connect();
    },
    /** Tries at once where the next try is still to come: the network is back, or somebody asked for it. */
    tryNow() {
      if (!isStopped && socket === undefined) connect();
    },
    /** Closes it without coming back, until `start`. */
    stop() {
      isStopped = true;
      const stopped = socket;
      socket = undefined;
      undoTimer();
      undoWatch();
      stopped?.close();
    },
  };
}

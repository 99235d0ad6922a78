/** @import { Operation } from './desk-api.js' */
/** @typedef {'pause' | 'resume' | 'cancel'} Control */

/** @type {Record<Operation['state'], Control[]>} */
const CONTROLS = {
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  stopped: ['resume', 'cancel'],
  cancelled: [],
  done: [],
};

/**
 * What can be done with an operation now.
 * @param {Operation} operation
 */
export const controlsOf = ({ state }) => CONTROLS[state];

/** Whether what is sent has an outcome that is waited for; what is only marked has none. @param {Operation} operation */
const hasOutcomes = ({ kind }) => kind === 'redrive' || kind === 'edit';

/**
 * How far an operation has come: its messages in parts that add up to its total. `on_the_way` are those that are sent and
 * whose outcome is not known yet; `marked` those of a discard or its undoing, which have no outcome.
 * @param {Operation} operation
 */
export function progressOf(operation) {
  const { total, waiting, sent, stored, dead_again, skipped } = operation.messages;
  const isSent = hasOutcomes(operation);
  const parts = [
    { name: /** @type {const} */ ('stored'), count: stored },
    { name: /** @type {const} */ ('dead_again'), count: dead_again },
    { name: /** @type {const} */ ('on_the_way'), count: isSent ? Math.max(0, sent - stored - dead_again) : 0 },
    { name: /** @type {const} */ ('marked'), count: isSent ? 0 : sent },
    { name: /** @type {const} */ ('skipped'), count: skipped },
    { name: /** @type {const} */ ('waiting'), count: waiting },
  ];
  return { parts, share: total === 0 ? 1 : Math.min(1, (total - waiting) / total) };
}

/**
 * Whether its numbers may still change.
 * @param {Operation} operation
 */
export function isUnderWay(operation) {
  const { state, messages } = operation;
  if (state === 'running' || state === 'paused' || state === 'stopped') return true;
  return hasOutcomes(operation) && messages.sent > messages.stored + messages.dead_again;
}

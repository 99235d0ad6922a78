/** @import { DeskContext } from './desk-context.js' */

/**
 * Endput keeps in English words why a letter was left alone, and why an operation is stopped or waits. Here are their
 * texts in the reader's language; a test holds them to what is written. One that is newer than this page is shown as it is.
 */
const SKIPPED = /** @type {const} */ ({
  'it is gone': 'skipped.gone',
  'its order is stored': 'skipped.stored',
  'it is dead meanwhile': 'skipped.meanwhile.dead',
  'it is redriving meanwhile': 'skipped.meanwhile.redriving',
  'it is discarded meanwhile': 'skipped.meanwhile.discarded',
  'it is resolved meanwhile': 'skipped.meanwhile.resolved',
  'it has died again meanwhile': 'skipped.died-again',
  'its body does not claim to be this message: edit it': 'skipped.claims-another',
});

const SHARE = String.raw`(\d+(?:\.\d+)?) %`;
const DIED_AGAIN = new RegExp(
  String.raw`^(\d+) of the (\d+) messages of this step died again \(${SHARE}, ${SHARE} may\)(?:; most often: ([^]*))?$`,
);
const BROKER_AWAY = /^waits: the broker is away \(([^]*)\)$/;

/**
 * Why a letter was left alone by an operation.
 * @param {Pick<DeskContext, 'text'>} page
 * @param {string} kept
 */
export function skippedInWords({ text: { text } }, kept) {
  const known = Object.entries(SKIPPED).find(([words]) => words === kept);
  return known === undefined ? kept : text(known[1]);
}

/**
 * Why an operation is stopped or waits. An error that it quotes is in the words of who reported it.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 * @param {string} kept
 */
export function stateReasonInWords({ text: { text }, formats }, kept) {
  const away = BROKER_AWAY.exec(kept)?.[1];
  if (away !== undefined) return text('operation.because.broker-away', { why: away });
  const stopped = DIED_AGAIN.exec(kept);
  if (stopped === null) return kept;
  const [, dead, sent, share, most, error] = stopped;
  const values = {
    dead: formats.number(Number(dead)),
    sent: formats.number(Number(sent)),
    share: formats.percent(Number(share) / 100),
    most: formats.percent(Number(most) / 100),
  };
  return error === undefined
    ? text('operation.because.died-again', values)
    : text('operation.because.died-again-of', { ...values, error });
}

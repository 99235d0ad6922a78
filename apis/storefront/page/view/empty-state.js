import { byId } from './element.js';
import { sumOf } from './sum-of-sources.js';

/** @import { PageContext } from './page-context.js' */

/**
 * What is shown where nothing was ever processed: how to begin. Returns what draws it anew.
 * @param {PageContext} page
 */
export function startEmptyState({ text: { text }, state, loop, announce }) {
  const section = byId('empty');
  const button = byId('copy-command');
  button.addEventListener('click', () => {
    // Without a secure origin there is no clipboard; the command can be selected all the same.
    if (!window.isSecureContext) return;
    navigator.clipboard.writeText('make sample').then(
      () => {
        button.setAttribute('title', text('empty.copied'));
        announce(text('empty.copied'));
      },
      () => undefined,
    );
  });
  return loop.drawing(() => {
    const { totals, queues } = state;
    const sum = totals && sumOf(totals);
    const isEmpty =
      totals !== null &&
      totals.complete &&
      sum !== null &&
      sum.stored + sum.dead + sum.discarded + sum.redriving + totals.waiting.count === 0 &&
      (queues.primary_ready ?? 0) === 0;
    section.hidden = !isEmpty;
    byId('columns').hidden = isEmpty;
  });
}

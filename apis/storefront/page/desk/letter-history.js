import { element, foreignText, icon } from '../view/element.js';
import { readable } from './letter-body.js';
import { diffLines } from './text-diff.js';

/** @import { LetterDetails, LetterEvent } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */

const SYMBOLS = { redriven: 'retrying', edited: 'edit', discarded: 'trash', restored: 'undo' };
/** Lines around a change that are shown. */
const AROUND = 2;

/**
 * Who did what to a dead letter, and when; of an edit, what it changed.
 * @param {Pick<DeskContext, 'text' | 'formats'>} page
 * @param {LetterDetails} letter
 */
export function letterHistory({ text: { text, known }, formats }, { history }) {
  if (history.length === 0) return [];

  /** @param {LetterEvent} event */
  function entry(event) {
    const { action, actor, at, comment, before } = event;
    const reason = known(`reason.${before.reason}`, before.reason);
    return element(
      'li',
      { class: 'attempt', 'data-outcome': 'unknown' },
      icon(SYMBOLS[action]),
      element(
        'p',
        { class: 'attempt-head' },
        element('strong', {}, text(`event.${action}`)),
        element('span', { class: 'attempt-outcome' }, foreignText(actor === '' ? text('event.system') : actor)),
        element('time', { datetime: at, title: formats.dateTime(at) }, formats.dateTime(at)),
      ),
      comment === null ? undefined : element('p', { class: 'event-comment' }, foreignText(comment)),
      element(
        'p',
        { class: 'attempt-fact' },
        text('event.before', { reason, cycle: before.cycle, attempt: before.attempt }),
        ' ',
        foreignText(before.error_message.slice(0, 500)),
      ),
      ...(event.body_before === null || event.body_after === null ? [] : [diff(event.body_before, event.body_after)]),
    );
  }

  /** @param {string} before @param {string} after */
  function diff(before, after) {
    const lines = diffLines(readable(before), readable(after));
    if (lines.every(({ kind }) => kind === 'same'))
      return element('p', { class: 'attempt-fact' }, text('event.diff.none'));
    const isNear = (/** @type {number} */ index) =>
      lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same');
    /** @type {HTMLElement[]} */
    const shown = [];
    lines.forEach(({ kind, text: line }, index) => {
      if (isNear(index)) shown.push(lineOf(kind, line));
      else if (index === 0 || isNear(index - 1)) shown.push(element('div', { class: 'diff-gap' }, '…'));
    });
    return element('div', { class: 'diff', tabindex: 0, role: 'group', 'aria-label': text('event.diff') }, ...shown);
  }

  /** @param {'same' | 'removed' | 'added'} kind @param {string} line */
  function lineOf(kind, line) {
    const sign = { same: ' ', removed: '−', added: '+' }[kind];
    return element(
      'div',
      { 'data-diff': kind },
      element('span', { class: 'diff-sign', 'aria-hidden': 'true' }, sign),
      kind === 'same' ? undefined : element('span', { class: 'unseen' }, `${text(`event.diff.${kind}`)}: `),
      element('code', { dir: 'ltr' }, line),
    );
  }

  return [element('h3', {}, text('letter.history')), element('ol', { class: 'timeline' }, ...history.map(entry))];
}

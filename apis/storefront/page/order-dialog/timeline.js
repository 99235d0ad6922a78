import { attemptKey } from '../feed/attempt-list.js';
import { element, foreignText, icon, setText } from '../view/element.js';

/** @import { TimelineAttempt } from '../api.js' */
/** @import { PageContext } from '../view/page-context.js' */

/**
 * @typedef {object} TimelineOf
 * @property {TimelineAttempt[]} timeline
 * @property {number} [max_attempts] attempts of a cycle; left out where they are not known
 * @property {string} state
 * @property {string | null} [next_attempt_at]
 * @property {{ cycle: number, attempt: number } | null} [position]
 */

/**
 * The attempts of an order as a list: time, outcome, why it failed; and when the next one is due, counting down.
 * @param {Pick<PageContext, 'text' | 'formats' | 'clock'>} page
 * @param {TimelineOf} details
 * @returns {{ list: HTMLElement, countDown: () => void }}
 */
export function createTimeline({ text: { text, known }, formats, clock }, details) {
  const of = details.max_attempts;
  const title = (/** @type {{ cycle: number, attempt: number }} */ { attempt, cycle }) => {
    if (of === undefined)
      return cycle > 0 ? text('order.attempt.only.cycle', { attempt, cycle }) : text('order.attempt.only', { attempt });
    return cycle > 0 ? text('order.attempt.cycle', { attempt, of, cycle }) : text('order.attempt', { attempt, of });
  };

  /** @param {TimelineAttempt} attempt */
  function facts(attempt) {
    const parts = [];
    if (attempt.duration_ms !== null)
      parts.push(text('order.took', { duration: formats.duration(attempt.duration_ms) }));
    if (attempt.consumer !== null) parts.push(text('order.by', { consumer: attempt.consumer }));
    if (attempt.next_attempt_at !== null && attempt.outcome === 'retrying')
      parts.push(text('order.due', { time: formats.preciseTime(attempt.next_attempt_at) }));
    if (attempt.record !== 'recorded') parts.push(text(`order.record.${attempt.record}`));
    return parts;
  }

  /** @param {TimelineAttempt} attempt */
  function entry(attempt) {
    const outcome = attempt.outcome ?? 'unknown';
    const { error } = attempt;
    return element(
      'li',
      {
        class: 'attempt',
        'data-outcome': outcome,
        'data-record': attempt.record,
        'data-key': `${attempt.cycle}:${attempt.attempt}`,
      },
      icon(outcome),
      element(
        'p',
        { class: 'attempt-head' },
        element('strong', {}, title(attempt)),
        element('span', { class: 'attempt-outcome' }, text(`outcome.${outcome}`)),
        attempt.at === null
          ? undefined
          : element(
              'time',
              { datetime: attempt.at, title: formats.dateTime(attempt.at) },
              formats.preciseTime(attempt.at),
            ),
      ),
      error === null
        ? undefined
        : element(
            'p',
            { class: 'attempt-error' },
            element('span', {}, `${known(`kind.${error.kind}`, error.kind)}: `),
            foreignText(error.message),
          ),
      element('p', { class: 'attempt-fact' }, facts(attempt).join(' · ')),
    );
  }

  const list = element('ol', { class: 'timeline' }, ...details.timeline.map(entry));
  const due = details.state === 'waiting' ? details.next_attempt_at : null;
  if (!due || !details.position || of === undefined) return { list, countDown: () => {} };
  const left = element('span', { class: 'attempt-countdown', 'aria-live': 'off' });
  const next = { cycle: details.position.cycle, attempt: details.position.attempt + 1 };
  list.append(
    element(
      'li',
      { class: 'attempt is-next', 'data-outcome': 'waiting', 'data-key': attemptKey({ message_id: '', ...next }) },
      icon('waiting'),
      element(
        'p',
        { class: 'attempt-head' },
        element('strong', {}, text('order.next', { attempt: next.attempt, of })),
        left,
        element('time', { datetime: due }, formats.preciseTime(due)),
      ),
    ),
  );
  const countDown = () => {
    const milliseconds = Date.parse(due) - clock.now();
    setText(left, milliseconds < 500 ? text('order.next.now') : formats.fromNow(milliseconds));
  };
  countDown();
  return { list, countDown };
}

import { createPoll } from '../view/poll.js';
import { byId, setText } from '../view/element.js';
import { RequestFailed, whyItFailed } from '../view/request.js';
import { fetchSummary } from './desk-api.js';

/** @import { LetterSummary } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { FilterForm } from './filter-form.js' */
/** @import { Notices } from '../view/notices.js' */

const EVERY = 2_000;

/**
 * How many dead letters there are of each state; where that changes, the lists are asked for again. It also tells whether
 * the storefront answers at all. Returns what asks now.
 * @param {DeskContext} page
 * @param {FilterForm} filter
 * @param {Notices} notices
 * @param {() => void} onChange
 */
export function startSummary({ text, formats, clock, session, openLogin }, filter, notices, onChange) {
  const pill = byId('connection');
  const pillText = /** @type {HTMLElement} */ (pill.querySelector('.connection-text'));
  /** @type {LetterSummary | undefined} */
  let summary;
  let known = '';

  const poll = createPoll({
    read: fetchSummary,
    every: () => EVERY,
    onAnswer: (answer) => {
      const isFirst = summary === undefined;
      summary = answer;
      clock.saw(answer.as_of);
      filter.onSummary(answer);
      notices.hide('away');
      pill.dataset.state = 'live';
      setText(pillText, text.text('connection.live'));
      const state = JSON.stringify(answer.sources);
      if (!isFirst && state !== known) onChange();
      known = state;
    },
    onFailure: (error) => {
      pill.dataset.state = 'waiting';
      setText(pillText, text.text('desk.stale'));
      const needsLogin = error instanceof RequestFailed && error.status === 401;
      if (needsLogin && session.current() !== undefined) session.forget();
      const since = summary && formats.time(summary.as_of);
      const why = whyItFailed(error, text);
      const stale = since === undefined ? text.text('failed', { why }) : text.text('stale', { time: since, why });
      notices.show('away', {
        tone: needsLogin ? 'info' : 'bad',
        text: needsLogin ? text.text('login.to-read') : stale,
        action: needsLogin
          ? { text: text.text('login.submit'), run: openLogin }
          : { text: text.text('connection.try'), run: () => poll.now() },
      });
    },
  });
  return poll.now;
}

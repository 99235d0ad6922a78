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
 * How many dead letters there are of each state. It also tells whether the storefront answers at all: the lists are asked
 * for again where the numbers change, and once it answers again after it did not. Returns what asks now.
 * @param {DeskContext} page
 * @param {FilterForm} filter
 * @param {Notices} notices
 * @param {{ onChange: () => void, onAnswer: () => void }} tell `onAnswer` at every other answer: what failed may be had now
 */
export function startSummary({ text, formats, clock, session, openLogin }, filter, notices, { onChange, onAnswer }) {
  const pill = byId('connection');
  const pillText = /** @type {HTMLElement} */ (pill.querySelector('.connection-text'));
  /** @type {LetterSummary | undefined} */
  let summary;
  let known = '';
  let wasAway = false;

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
      if (wasAway || (!isFirst && state !== known)) onChange();
      else onAnswer();
      wasAway = false;
      known = state;
    },
    onFailure: (error) => {
      wasAway = true;
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

import { missedBetween, settledOf } from '../feed/reconnect.js';
import { byId, setText } from './element.js';

/** @import { ConnectionState } from '../feed/connection.js' */
/** @import { ServerFrame } from '../feed/frames.js' */
/** @import { Settled } from '../feed/reconnect.js' */
/** @import { Notices } from './notices.js' */
/** @import { PageContext } from './page-context.js' */

/** Milliseconds that "connected again" stays. */
const BACK_FOR = 15_000;

/**
 * Shows how the connection is, what is away behind it, and after a loss what was missed.
 * @param {PageContext} page
 * @param {Notices} notices
 * @param {() => void} tryNow
 */
export function startConnectionView({ text: { text, count }, formats, state, everySecond }, notices, tryNow) {
  const pill = byId('connection');
  const pillText = /** @type {HTMLElement} */ (pill.querySelector('.connection-text'));
  /** @type {ConnectionState} */
  let connection = { state: 'connecting' };
  /** @type {{ at: number, before: Settled, hadTotals: boolean } | undefined} */
  let lost;
  /** Frames that are still to come of those that were missed; a snapshot has everything but what the list skipped. */
  let catchingUp = { frames: 0, hasGap: false, isBack: false };
  let undoBack = setTimeout(() => {}, 0);

  function draw() {
    const seconds = connection.state === 'waiting' ? Math.max(1, Math.ceil((connection.until - Date.now()) / 1000)) : 0;
    const isOffline = !navigator.onLine && connection.state === 'waiting';
    pill.dataset.state = connection.state;
    if (connection.state === 'waiting')
      setText(pillText, isOffline ? text('connection.offline') : text('connection.waiting', { seconds }));
    else setText(pillText, text(`connection.${connection.state}`));
    const said =
      connection.state === 'waiting' ? text('connection.lost.again', { seconds }) : text('connection.lost.now');
    notices.countDown('connection', said);
  }

  function sayWhatWasMissed() {
    if (!lost || !catchingUp.isBack || catchingUp.frames > 0) return;
    // A storefront that was just started has no totals yet, or still counts.
    if (!state.totals?.complete) return;
    const time = formats.duration(Date.now() - lost.at);
    const missed = missedBetween(lost.before, settledOf(state.totals));
    const what = [
      missed.stored > 0 ? count('missed.stored', missed.stored) : '',
      missed.dead > 0 ? count('missed.dead', missed.dead) : '',
    ].filter((part) => part !== '');
    const told = what.join(', ') || text('missed.nothing');
    const key = catchingUp.hasGap ? 'connection.back.gap' : 'connection.back.caught';
    const isNothing = what.length === 0 && !catchingUp.hasGap;
    if (lost.hadTotals) {
      const said = isNothing ? text('connection.back.nothing', { time }) : text(key, { time, what: told });
      notices.show('back', { tone: 'info', text: said, canDismiss: true });
      clearTimeout(undoBack);
      undoBack = setTimeout(() => notices.hide('back'), BACK_FOR);
    }
    lost = undefined;
  }

  everySecond(draw);
  return {
    /** @param {ConnectionState} next */
    onState(next) {
      connection = next;
      const action = { text: text('connection.try'), run: tryNow };
      if (next.state === 'waiting' && !state.known)
        notices.show('connection', { tone: 'bad', text: text('connection.unreachable'), action });
      else if (next.state === 'waiting' && !lost) {
        lost = { at: Date.now(), before: settledOf(state.totals), hadTotals: state.totals !== null };
        catchingUp = { frames: 0, hasGap: false, isBack: false };
        notices.hide('back');
        const said = text('connection.lost', { time: formats.time(state.at) });
        notices.show('connection', { tone: 'bad', text: said, action });
      }
      if (next.state === 'live') notices.hide('connection');
      draw();
    },
    /**
     * After the frame was applied.
     * @param {ServerFrame} frame
     */
    onFrame(frame) {
      if (frame.type === 'delta') catchingUp.frames = Math.max(0, catchingUp.frames - 1);
      else if (lost && frame.type === 'resumed') catchingUp = { frames: frame.missed, hasGap: false, isBack: true };
      else if (lost) catchingUp = { frames: 0, hasGap: true, isBack: true };
      sayWhatWasMissed();
    },
    /** What is away behind the storefront. */
    drawConnections() {
      const { connections, totals } = state;
      if (!connections) return;
      for (const name of /** @type {const} */ (['endput', 'broker'])) {
        const { state: how, since } = connections[name];
        const said = text(`connection.away.${name}`, { time: formats.time(since) });
        if (how === 'away') notices.show(name, { tone: 'warn', text: said });
        else notices.hide(name);
      }
      const isCounting = totals !== null && !totals.complete && connections.endput.state === 'up';
      if (isCounting) notices.show('counting', { tone: 'info', text: text('connection.counting') });
      else notices.hide('counting');
      const since = connections.endput.state === 'up' ? totals?.held_back?.since : undefined;
      const isHeldBack = text('connection.held-back', { time: since === undefined ? '' : formats.time(since) });
      if (since !== undefined) notices.show('held-back', { tone: 'warn', text: isHeldBack });
      else notices.hide('held-back');
    },
  };
}

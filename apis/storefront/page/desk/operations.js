import { byId, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { createPoll } from '../view/poll.js';
import { whyItFailed } from '../view/request.js';
import { controlOperation, fetchOperations } from './desk-api.js';
import { createCancelDialog } from './cancel-dialog.js';
import { stateReasonInWords } from './kept-reasons.js';
import { isUnderWay } from './operation-progress.js';
import { createOperationRows } from './operation-row.js';

/** @import { Operation } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { FilterForm } from './filter-form.js' */
/** @import { Control } from './operation-progress.js' */
/** @import { Notices } from '../view/notices.js' */

const PAGE = 8;
/** Milliseconds between two questions: while something is under way, and otherwise. */
const EVERY = 1_000;
const EVERY_QUIET = 4_000;

/**
 * What was ordered, newest first, with live progress, and the controls of what is under way.
 * @param {DeskContext} page
 * @param {FilterForm} filter names causes
 * @param {Notices} notices
 * @param {object} acts
 * @param {() => void} acts.onProgress called when something has moved
 * @param {(messageId: string) => void} acts.openLetter
 */
export function startOperations(page, filter, notices, { onProgress, openLetter }) {
  const { text, formats, asOperator, announce } = page;
  const section = byId('operations');
  const status = byId('operations-state');
  const more = byId('operations-more');
  /** @type {Operation[]} */
  let known = [];
  /** Older pages, which are asked for once. @type {Operation[]} */
  let older = [];
  /** @type {string | null} */
  let next = null;
  let seen = '';
  let knownAt = '';

  const showMessages = page.onDemand(async () =>
    (await import('./operation-messages.js')).createOperationMessages(page, openLetter),
  );
  const confirmCancel = createCancelDialog(page, (id) => void control(id, 'cancel'));
  const rows = createOperationRows(page, {
    control: (id, what) => (what === 'cancel' ? confirmCancel(operationOf(id)) : void control(id, what)),
    inWords,
    showMessages: (operation, state) => void showMessages(operation, state),
  });
  const list = createKeyedList(byId('operation-list'), { key: (/** @type {Operation} */ { id }) => id, ...rows });

  /** @param {string} id */
  const operationOf = (id) => [...known, ...older].find((operation) => operation.id === id);

  /** @param {Operation} operation */
  function inWords({ filter: of, messages, kind }) {
    if (kind === 'edit') return text.text('scope.this');
    if (of === null) return text.count('scope.selected', messages.total);
    const said = filter.inWords({ ...of, state: 'dead' });
    return said.length === 0 ? text.text('scope.every') : said.join(' · ');
  }

  const draw = () => list.render([...known, ...older.filter(({ id }) => known.every((other) => other.id !== id))]);

  /** Tells a screen reader what changed its state, not every number. @param {Operation[]} operations */
  function tell(operations) {
    for (const operation of operations) {
      const before = known.find(({ id }) => id === operation.id);
      if (before === undefined || before.state === operation.state) continue;
      const what = text.text(`operation.${operation.kind}`);
      const reason = stateReasonInWords(page, operation.state_reason ?? '');
      announce(`${what}: ${text.text(`operation.state.${operation.state}`)}. ${reason}`);
      if (operation.state === 'stopped')
        notices.show(`stopped-${operation.id}`, {
          tone: 'warn',
          text: text.text('operation.stopped.notice', { reason }),
          canDismiss: true,
        });
    }
  }

  const poll = createPoll({
    read: (signal) => fetchOperations({ limit: String(PAGE) }, signal),
    every: () => (known.some(isUnderWay) ? EVERY : EVERY_QUIET),
    onAnswer: (answer) => {
      const isFirst = knownAt === '';
      if (!isFirst) tell(answer.operations);
      known = answer.operations;
      knownAt = new Date().toISOString();
      if (older.length === 0) next = answer.next;
      section.setAttribute('aria-busy', 'false');
      section.dataset.stale = 'false';
      setText(status, known.length === 0 ? text.text('operations.none') : '');
      more.hidden = next === null;
      draw();
      const state = known.map(({ id, messages }) => `${id} ${JSON.stringify(messages)}`).join();
      if (!isFirst && state !== seen) onProgress();
      seen = state;
    },
    onFailure: (error) => {
      const why = whyItFailed(error, text);
      section.setAttribute('aria-busy', 'false');
      section.dataset.stale = 'true';
      if (knownAt === '') byId('operation-list').replaceChildren();
      const said =
        knownAt === '' ? text.text('failed', { why }) : text.text('stale', { time: formats.time(knownAt), why });
      setText(status, said);
    },
  });

  /** @param {string} id @param {Control} what */
  async function control(id, what) {
    try {
      const changed = await asOperator(() => controlOperation(id, what));
      notices.hide(`control-${id}`);
      notices.hide(`stopped-${id}`);
      tell([changed]);
      known = known.map((operation) => (operation.id === id ? changed : operation));
      older = older.map((operation) => (operation.id === id ? changed : operation));
      draw();
    } catch (error) {
      const why = whyItFailed(error, text);
      notices.show(`control-${id}`, { tone: 'bad', text: text.text('operation.failed', { why }), canDismiss: true });
    }
    poll.now();
  }

  async function showMore() {
    if (next === null) return;
    try {
      const answer = await fetchOperations({ limit: String(PAGE), after: next }, AbortSignal.timeout(30_000));
      older = [...older, ...answer.operations];
      next = answer.next;
      more.hidden = next === null;
      draw();
    } catch (error) {
      setText(status, text.text('failed', { why: whyItFailed(error, text) }));
    }
  }
  more.addEventListener('click', () => void showMore());

  return {
    now: poll.now,
    draw,
    /** Shows what was just ordered. @param {Operation} operation */
    onOrdered(operation) {
      known = [operation, ...known.filter(({ id }) => id !== operation.id)];
      setText(status, '');
      draw();
      notices.show('ordered', {
        tone: 'info',
        text: text.count(`ordered.${operation.kind}`, operation.messages.total),
        action: { text: text.text('operations.title'), run: () => byId('operations').scrollIntoView() },
        canDismiss: true,
      });
      setTimeout(() => notices.hide('ordered'), 12_000);
      poll.now();
    },
  };
}

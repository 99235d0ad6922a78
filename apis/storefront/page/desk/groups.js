import { byId, element, foreignText, icon, setAttribute, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { mayPass, whyItFailed } from '../view/request.js';
import { fetchGroups } from './desk-api.js';
import { changeFilter, orderedFilter } from './desk-filter.js';
import { operatorButton } from './operator-button.js';

/** @import { LetterGroup } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { DeskFilter } from './desk-filter.js' */
/** @import { FilterForm } from './filter-form.js' */
/** @import { OrderWhat } from './order-dialogs.js' */

const PAGE = '50';
/** Groups before "show all". */
const FEW = 6;

/**
 * Dead letters by what they died of: the same error is one group, however many there are. A group filters the list.
 * @param {DeskContext} page
 * @param {FilterForm} filter
 * @param {(kind: 'redrive' | 'discard' | 'restore', what: OrderWhat) => void} order
 */
export function startGroups(page, filter, order) {
  const { text, formats } = page;
  const section = byId('groups');
  const note = byId('groups-note');
  const status = byId('groups-state');
  const more = byId('groups-more');
  /** @type {{ groups: LetterGroup[], next: string | null, isComplete: boolean }} */
  let found = { groups: [], next: null, isComplete: true };
  let showsAll = false;
  let hasFailed = false;
  let asking = new AbortController();
  const list = createKeyedList(byId('group-list'), {
    key: (/** @type {LetterGroup} */ { cause_key: key }) => `${filter.current().state}:${key}`,
    create: (group) => {
      const row = createRow(group);
      update(row, group);
      return row;
    },
    update,
  });

  /** The filter without the group itself: choosing one does not make the others go. */
  const queryOfGroups = () => {
    return changeFilter(filter.current(), { message_id: undefined, cause_key: undefined });
  };

  /** @param {LetterGroup} group */
  function createRow(group) {
    const choose = element(
      'button',
      { type: 'button', class: 'group-name', 'data-part': 'choose' },
      foreignText(group.cause === '' ? text.text('groups.no-text') : group.cause),
    );
    choose.addEventListener('click', () => {
      const isChosen = filter.current().cause_key === group.cause_key;
      filter.change({ cause_key: isChosen ? undefined : group.cause_key, message_id: undefined });
    });
    return element(
      'li',
      { class: 'group', 'data-outcome': 'dead' },
      element('p', { class: 'group-count', 'data-part': 'count' }),
      element('h3', {}, choose),
      element('p', { class: 'group-line', 'data-part': 'line' }),
      element('p', { class: 'group-line', 'data-part': 'example' }),
      element('div', { class: 'group-actions' }, ...actionsOf(group)),
    );
  }

  /** @param {LetterGroup} group */
  function actionsOf(group) {
    const { state } = filter.current();
    const what = () => {
      /** @type {DeskFilter} */
      const fits = { ...queryOfGroups(), state, cause_key: group.cause_key };
      return {
        selection: { filter: orderedFilter(fits) },
        scope: text.text('scope.group'),
        inWords: filter.inWords(fits),
      };
    };
    /** @param {'redrive' | 'discard' | 'restore'} kind @param {string} symbol */
    const action = (kind, symbol) =>
      operatorButton(
        page,
        { class: 'button is-small', 'aria-haspopup': 'dialog' },
        () => order(kind, what()),
        icon(symbol),
        element('span', {}, text.text(`action.${kind}`)),
        element('span', { class: 'unseen' }, text.text('groups.of', { cause: group.cause.slice(0, 120) })),
      );
    if (state === 'dead') return [action('redrive', 'retrying'), action('discard', 'trash')];
    return state === 'discarded' ? [action('restore', 'undo')] : [];
  }

  /** @param {HTMLElement} row @param {LetterGroup} group */
  function update(row, group) {
    const place = (/** @type {string} */ part) =>
      /** @type {HTMLElement} */ (row.querySelector(`[data-part="${part}"]`));
    setText(place('count'), formats.short(group.count));
    place('count').title = text.count('groups.count', group.count);
    setAttribute(place('choose'), 'aria-pressed', String(filter.current().cause_key === group.cause_key));
    drawLine(place('line'), group);
    place('line').title = `${formats.dateTime(group.first_died_at)} – ${formats.dateTime(group.last_died_at)}`;
    drawExample(place('example'), group.example);
    filter.nameCause(group.cause_key, group.cause);
  }

  /** @param {HTMLElement} place @param {LetterGroup} group */
  function drawLine(place, { reason, sources, first_died_at: first, last_died_at: last }) {
    const known = JSON.stringify([sources, first, last]);
    if (place.dataset.is === known) return;
    place.dataset.is = known;
    place.replaceChildren(
      text.known(`reason.${reason}`, reason),
      ...sources.flatMap(({ source, count }) => [' · ', foreignText(source), ` ${formats.number(count)}`]),
      ` · ${text.text('groups.span', { first: timeOf(first), last: timeOf(last) })}`,
    );
  }

  /** The time alone, where it is of today. @param {string} iso */
  const timeOf = (iso) =>
    new Date(iso).toDateString() === new Date().toDateString() ? formats.time(iso) : formats.dateTime(iso);

  /** @param {HTMLElement} place @param {LetterGroup['example']} example */
  function drawExample(place, { message_id: id, product, error_message: message }) {
    if (place.dataset.is === id) return;
    place.dataset.is = id;
    place.replaceChildren(
      element('span', { class: 'unseen' }, text.text('groups.example')),
      foreignText((product ?? text.text('orders.unread')).slice(0, 200)),
      ': ',
      foreignText(message.slice(0, 400)),
    );
  }

  function draw() {
    const { groups, next } = found;
    const { cause_key: chosen } = filter.current();
    const few = groups.filter((group, index) => index < FEW || group.cause_key === chosen);
    const shown = showsAll ? groups : few;
    list.render(shown);
    const count = text.count('groups.groups', groups.length);
    setText(note, groups.length === 0 ? '' : next === null ? count : text.text('groups.many', { n: groups.length }));
    more.hidden = showsAll ? next === null : groups.length <= few.length && next === null;
    setText(more, showsAll ? text.text('more') : text.text('groups.show-all'));
  }

  /** @param {string} [after] */
  async function load(after) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const limit = after === undefined ? String(Math.min(200, Math.max(Number(PAGE), found.groups.length))) : PAGE;
      const answer = await fetchGroups({ ...queryOfGroups(), limit, after }, signal);
      const groups = after === undefined ? answer.groups : join(found.groups, answer.groups);
      found = { groups, next: answer.next, isComplete: answer.complete };
      hasFailed = false;
      draw();
      const said = groups.length === 0 ? text.text(emptyText()) : '';
      setText(status, found.isComplete ? said : text.text('groups.incomplete'));
    } catch (error) {
      if (signal.aborted) return;
      hasFailed = mayPass(error);
      if (found.groups.length === 0) list.render([]);
      setText(status, text.text('failed', { why: whyItFailed(error, text) }));
    }
    section.setAttribute('aria-busy', 'false');
  }

  const emptyText = () =>
    filter.isSet() ? 'groups.none' : filter.current().state === 'dead' ? 'groups.good' : 'groups.none';

  more.addEventListener('click', () => {
    if (showsAll && found.next !== null) void load(found.next);
    showsAll = true;
    draw();
  });
  return {
    load: () => load(),
    hasFailed: () => hasFailed,
    draw,
    /** How many dead letters fit the filter, where the groups tell; undefined where there are more groups. */
    sum: () => {
      const { cause_key: chosen } = filter.current();
      if (!found.isComplete) return undefined;
      const counted = chosen === undefined ? found.groups : found.groups.filter(({ cause_key: key }) => key === chosen);
      if (found.next !== null && (chosen === undefined || counted.length === 0)) return undefined;
      return counted.reduce((sum, { count }) => sum + count, 0);
    },
  };
}

/** A group that came twice, because it changed its place, is there once. @param {LetterGroup[]} known @param {LetterGroup[]} more */
function join(known, more) {
  const keys = new Set(known.map(({ cause_key: key }) => key));
  return [...known, ...more.filter(({ cause_key: key }) => !keys.has(key))];
}

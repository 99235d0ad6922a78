import { isMessageId } from '../orders/order-query.js';
import { byId, element, icon, setAttribute, setText } from '../view/element.js';
import { addressOfFilter, changeFilter, countOfFields, filterOfAddress, REASONS, STATES } from './desk-filter.js';

/** @import { LetterState, LetterSummary } from './desk-api.js' */
/** @import { DeskFilter } from './desk-filter.js' */
/** @import { DeskContext } from './desk-context.js' */

/** Milliseconds after the last key before it is searched. */
const PAUSE = 250;

/**
 * What is listed: the state as tabs, the other fields in a form, what is set as chips to take away again. It is kept in
 * the page's address, so it can be sent to somebody, and survives a reload.
 * @param {DeskContext} page
 * @param {(filter: DeskFilter) => void} onChange
 */
export function startFilter({ text, formats }, onChange) {
  let filter = filterOfAddress(location.search);
  /** Names of causes that were seen, by key. @type {Map<string, string>} */
  const causes = new Map();
  const search = /** @type {HTMLInputElement} */ (byId('letter-search'));
  const source = /** @type {HTMLSelectElement} */ (byId('filter-source'));
  const reason = /** @type {HTMLSelectElement} */ (byId('filter-reason'));
  const from = /** @type {HTMLInputElement} */ (byId('filter-from'));
  const before = /** @type {HTMLInputElement} */ (byId('filter-before'));
  const chips = byId('filter-chips');
  const tabs = new Map(STATES.map((state) => [state, createTab(state)]));
  let timer = 0;

  byId('state-tabs').replaceChildren(...tabs.values());
  reason.append(...REASONS.map((known) => element('option', { value: known }, text.text(`reason.${known}`))));
  for (const [input, field] of /** @type {const} */ ([
    [source, 'source'],
    [reason, 'reason'],
  ]))
    input.addEventListener('change', () => change({ [field]: input.value || undefined }));
  for (const [input, field] of /** @type {const} */ ([
    [from, 'died_from'],
    [before, 'died_before'],
  ]))
    input.addEventListener('change', () => change({ [field]: isoOf(input.value) }));
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(searched, PAUSE);
  });
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && search.value !== '') search.value = '';
    else if (event.key !== 'Enter') return;
    clearTimeout(timer);
    searched();
  });
  byId('filter-form').addEventListener('submit', (event) => event.preventDefault());
  window.addEventListener('popstate', () => {
    const named = filterOfAddress(location.search);
    if (addressOfFilter(named) !== addressOfFilter(filter)) show(named);
  });

  function searched() {
    const words = search.value.trim();
    const isId = isMessageId(words);
    change({ message_id: isId ? words.toLowerCase() : undefined, product: isId || words === '' ? undefined : words });
  }

  /** @param {LetterState} state */
  function createTab(state) {
    const tab = element(
      'button',
      { type: 'button', class: 'tab', 'data-state': state },
      element('span', {}, text.text(`state.${state}`)),
      element('span', { class: 'tab-count' }),
    );
    tab.addEventListener('click', () => change({ state, message_id: undefined }));
    return tab;
  }

  /** @param {Partial<Record<keyof DeskFilter, string | undefined>>} fields */
  function change(fields) {
    const next = changeFilter(filter, fields);
    if (addressOfFilter(next) === addressOfFilter(filter)) return;
    history.replaceState(null, '', `${location.pathname}${addressOfFilter(next)}${location.hash}`);
    show(next);
  }

  /** @param {DeskFilter} next */
  function show(next) {
    filter = next;
    draw();
    onChange(filter);
  }

  function draw() {
    for (const [state, tab] of tabs)
      setAttribute(tab, 'aria-pressed', String(filter.message_id === undefined && state === filter.state));
    const words = filter.message_id ?? filter.product ?? '';
    if (document.activeElement !== search && search.value.trim() !== words) search.value = words;
    if (filter.source !== undefined) ensureOption(filter.source);
    source.value = filter.source ?? '';
    reason.value = filter.reason ?? '';
    from.value = localOf(filter.died_from);
    before.value = localOf(filter.died_before);
    drawChips();
  }

  function drawChips() {
    const set = describe(filter).map(({ field, said }) => {
      const label = text.text('filter.without', { what: said });
      const chip = element(
        'button',
        { type: 'button', class: 'chip', title: label, 'aria-label': label },
        element('bdi', {}, said),
        icon('close'),
      );
      chip.addEventListener('click', () => {
        if (field === 'product' || field === 'message_id') search.value = '';
        change({ [field]: undefined });
        search.focus();
      });
      return chip;
    });
    const all = element('button', { type: 'button', class: 'link' }, text.text('filter.clear'));
    all.addEventListener('click', clear);
    chips.replaceChildren(...set, ...(set.length > 1 ? [all] : []));
    chips.hidden = set.length === 0;
  }

  function clear() {
    search.value = '';
    change(Object.fromEntries(describe(filter).map(({ field }) => [field, undefined])));
    search.focus();
  }

  /** @param {string} name */
  function ensureOption(name) {
    if (![...source.options].some(({ value }) => value === name))
      source.append(element('option', { value: name }, name));
  }

  /**
   * The fields beside the state, in words.
   * @param {DeskFilter} of
   * @returns {{ field: keyof DeskFilter, said: string }[]}
   */
  function describe(of) {
    /** @type {[keyof DeskFilter, string | undefined][]} */
    const said = [
      ['message_id', of.message_id],
      ['cause_key', of.cause_key && text.text('filter.cause', { cause: causes.get(of.cause_key) ?? of.cause_key })],
      ['source', of.source],
      ['reason', of.reason && text.text(`reason.${of.reason}`)],
      ['product', of.product && text.text('filter.product', { product: of.product })],
      ['died_from', of.died_from && text.text('filter.from', { time: formats.dateTime(of.died_from) })],
      ['died_before', of.died_before && text.text('filter.before', { time: formats.dateTime(of.died_before) })],
    ];
    return said.flatMap(([field, words]) => (words === undefined || words === '' ? [] : [{ field, said: words }]));
  }

  draw();
  return {
    current: () => filter,
    change,
    clear,
    isSet: () => countOfFields(filter) > 0,
    /** @param {DeskFilter} of */
    inWords: (of) => describe(of).map(({ said }) => said),
    /** @param {LetterSummary} summary */
    onSummary({ sources }) {
      for (const { source: name } of sources) ensureOption(name);
      source.value = filter.source ?? '';
      for (const [state, tab] of tabs) {
        const sum = sources.reduce((added, counted) => added + counted[state], 0);
        const place = tab.querySelector('.tab-count');
        if (place) setText(place, formats.short(sum));
      }
    },
    /** @param {string} key @param {string} cause */
    nameCause(key, cause) {
      const isNew = causes.get(key) !== cause;
      causes.set(key, cause);
      if (isNew && key === filter.cause_key) drawChips();
    },
  };
}
/** @typedef {ReturnType<typeof startFilter>} FilterForm */

/** What a field of local time says, as the API takes it. @param {string} local */
function isoOf(local) {
  const time = new Date(local);
  return local === '' || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** @param {string | undefined} iso */
function localOf(iso) {
  if (iso === undefined) return '';
  const time = new Date(iso);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

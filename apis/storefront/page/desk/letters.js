import { byId, element, icon, setText } from '../view/element.js';
import { createKeyedList } from '../view/keyed-list.js';
import { mayPass, whyItFailed } from '../view/request.js';
import { fetchLetters } from './desk-api.js';
import { orderedFilter, queryOf } from './desk-filter.js';
import { createLetterRows } from './letter-row.js';
import { allow, operatorButton } from './operator-button.js';
import { createSelection, MOST_BY_NAME } from './selection.js';

/** @import { Letter } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { FilterForm } from './filter-form.js' */
/** @import { OrderWhat } from './order-dialogs.js' */

const PAGE = 50;
/** Rows that are asked for again at most when something has changed; where more are listed, it is only told. */
const MOST_AGAIN = 200;

/**
 * The list of dead letters that fit the filter, page by page, and what can be done with those that are chosen.
 * @param {DeskContext} page
 * @param {FilterForm} filter
 * @param {object} acts
 * @param {(id: string) => void} acts.open
 * @param {(kind: 'redrive' | 'discard' | 'restore', what: OrderWhat) => void} acts.order
 * @param {() => number | undefined} acts.count how many fit, where that is known
 */
export function startLetters(page, filter, { open, order, count }) {
  const { text, formats } = page;
  const section = byId('letters');
  const status = byId('letters-state');
  const more = byId('letters-more');
  const changed = byId('letters-changed');
  const parent = byId('letter-list');
  const box = /** @type {HTMLInputElement} */ (byId('choose-page'));
  const selection = createSelection();
  const allThatFit = element('button', { type: 'button', class: 'link' });
  const said = element('span', { role: 'status' });
  /** @type {{ letters: Letter[], next: string | null }} */
  let found = { letters: [], next: null };
  let asking = new AbortController();
  let hasFailed = false;
  let isOldestFirst = false;

  const rows = createLetterRows(page, { open, choose });
  const list = createKeyedList(parent, {
    key: (/** @type {Letter} */ letter) => letter.message_id,
    create: (letter) => rows.create(letter, selection.has(letter.message_id), canChoose()),
    update: (row, letter) => rows.update(row, letter, selection.has(letter.message_id), canChoose()),
  });

  /** @type {Record<'redrive' | 'discard' | 'restore', HTMLButtonElement>} */
  const buttons = {
    redrive: action('redrive', 'retrying', 'is-primary'),
    discard: action('discard', 'trash'),
    restore: action('restore', 'undo', 'is-primary'),
  };
  byId('letter-actions').append(...Object.values(buttons));
  byId('chosen').append(said, ' ', allThatFit);

  const listed = () => found.letters.map(({ message_id: id }) => id);
  /** What is on its way or done with has nothing that could be done with it. */
  const canChoose = () => {
    const { state, message_id: one } = filter.current();
    return one === undefined && (state === 'dead' || state === 'discarded');
  };

  /** @param {'redrive' | 'discard' | 'restore'} kind @param {string} symbol @param {string} [className] */
  function action(kind, symbol, className = '') {
    const run = () => {
      const isAll = selection.isAll();
      const scope = isAll ? text.text('scope.filter') : text.count('scope.selected', selection.size());
      order(kind, {
        selection: selection.ordered(orderedFilter(filter.current())),
        scope,
        inWords: isAll ? filter.inWords(filter.current()) : [],
        isOfList: true,
      });
    };
    const label = element('span', {}, text.text(`action.${kind}`));
    return operatorButton(page, { class: `button ${className}`, 'aria-haspopup': 'dialog' }, run, icon(symbol), label);
  }

  /** @param {string} id @param {boolean} isIn */
  function choose(id, isIn) {
    if (selection.isAll()) selection.onlyListed(listed());
    selection.set(id, isIn);
    draw();
  }

  function draw() {
    list.render(found.letters);
    drawChosen();
  }

  function drawChosen() {
    const { state } = filter.current();
    const isPossible = canChoose() && found.letters.length > 0;
    const size = selection.size();
    const inAll = count();
    byId('choose-bar').hidden = !isPossible;
    box.checked = isPossible && (selection.isAll() || size === found.letters.length);
    box.indeterminate = !selection.isAll() && size > 0 && size < found.letters.length;
    const all = inAll === undefined ? text.text('letters.all.uncounted') : text.count('letters.all', inAll);
    setText(
      said,
      selection.isAll() ? all : size > 0 ? text.count('letters.chosen', size) : text.text('letters.none-chosen'),
    );
    const choice =
      inAll === undefined ? text.text('letters.choose-all.uncounted') : text.count('letters.choose-all', inAll);
    setText(allThatFit, selection.isAll() ? text.text('letters.choose-none') : choice);
    const tooMany = size > MOST_BY_NAME ? text.text('letters.too-many', { most: formats.number(MOST_BY_NAME) }) : '';
    for (const [kind, button] of Object.entries(buttons)) {
      button.hidden = !isPossible || (kind === 'restore') !== (state === 'discarded');
      button.dataset.reason = selection.isEmpty() ? text.text('may.nothing-chosen') : tooMany;
      allow(page, button);
    }
    if (tooMany !== '') setText(said, tooMany);
  }

  /** @param {{ after?: string | undefined, keepsPlace?: boolean }} [how] */
  async function load({ after, keepsPlace = false } = {}) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const query = queryOf(filter.current());
    const limit = keepsPlace ? Math.min(MOST_AGAIN, Math.max(PAGE, found.letters.length)) : PAGE;
    try {
      const order = isOldestFirst ? 'oldest' : undefined;
      const answer = await fetchLetters({ ...query, order, limit: String(limit), after }, signal);
      const letters = after === undefined ? answer.dead_letters : join(found.letters, answer.dead_letters);
      found = { letters, next: answer.next };
      hasFailed = false;
      selection.keep(listed());
      changed.hidden = true;
      setText(status, letters.length === 0 ? emptyText() : '');
    } catch (error) {
      if (signal.aborted) return;
      hasFailed = mayPass(error);
      if (!keepsPlace && after === undefined) found = { letters: [], next: null };
      setText(status, text.text('failed', { why: whyItFailed(error, text) }));
    }
    section.setAttribute('aria-busy', 'false');
    more.hidden = found.next === null;
    draw();
  }

  function emptyText() {
    const { message_id: one, state } = filter.current();
    // Where words of a product are hard to find, a page may be empty although there are more.
    if (found.next !== null) return text.text('letters.look-on');
    if (one !== undefined) return text.text('letters.unknown');
    return text.text(filter.isSet() ? 'letters.none-fit' : `letters.none.${state}`);
  }

  /** Whether rows may change under the reader's hand: not while they aim at one or have chosen some. */
  const isHeld = () =>
    !selection.isEmpty() || parent.matches(':hover') || parent.contains(document.activeElement) || document.hidden;

  box.addEventListener('change', () => {
    if (box.checked) selection.onlyListed(listed());
    else selection.clear();
    draw();
  });
  const inOrder = byId('letters-order');
  inOrder.addEventListener('click', () => {
    isOldestFirst = !isOldestFirst;
    inOrder.setAttribute('aria-pressed', String(isOldestFirst));
    // What is chosen is ordered by name, also where it is not listed any more: so nothing stays chosen that nobody sees.
    selection.clear();
    void load();
  });
  allThatFit.addEventListener('click', () => {
    if (selection.isAll()) selection.clear();
    else selection.selectAll();
    draw();
  });
  more.addEventListener('click', () => void load({ after: found.next ?? undefined }));
  byId('letters-show').addEventListener('click', () => void load());
  return {
    /** Begins anew, with another filter. */
    reload() {
      selection.clear();
      section.setAttribute('aria-busy', 'true');
      return load();
    },
    /** Something has changed: shown at once where that disturbs nobody. */
    onChange() {
      if (found.letters.length > MOST_AGAIN || (isHeld() && found.letters.length > 0)) changed.hidden = false;
      else void load({ keepsPlace: true });
    },
    /** Asks again for what failed, because the storefront answers. */
    onAnswer() {
      if (hasFailed) void load({ keepsPlace: true });
    },
    /** What was ordered from the list is not chosen any more; what was ordered elsewhere leaves the choice alone. @param {boolean} isOfList */
    onOrdered(isOfList) {
      if (isOfList) selection.clear();
      draw();
      void load({ keepsPlace: true });
    },
    drawChosen,
  };
}

/** @param {Letter[]} known @param {Letter[]} more */
function join(known, more) {
  const ids = new Set(known.map(({ message_id: id }) => id));
  return [...known, ...more.filter(({ message_id: id }) => !ids.has(id))];
}

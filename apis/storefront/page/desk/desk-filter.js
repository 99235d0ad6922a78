import { isMessageId } from '../orders/order-query.js';

/** @import { LetterFilter, LetterState } from './desk-api.js' */
/** @import { Query } from '../view/request.js' */

/**
 * What is listed: dead letters of one state that fit every field, or the one with `message_id`, whatever its state.
 * @typedef {LetterFilter & { state: LetterState, message_id?: string }} DeskFilter
 */

/** @type {readonly LetterState[]} */
export const STATES = ['dead', 'redriving', 'discarded', 'resolved'];
/** @type {readonly NonNullable<LetterFilter['reason']>[]} */
export const REASONS = ['attempts_exhausted', 'invalid_message', 'refused_by_endput', 'consumer_crashed'];

/**
 * The filter that an address names, such as `?state=dead&source=system_1`. What cannot be a value is left out.
 * @param {string} search
 * @returns {DeskFilter}
 */
export function filterOfAddress(search) {
  const given = new URLSearchParams(search);
  const read = (/** @type {string} */ name, /** @type {(value: string) => boolean} */ fits) => {
    const value = given.get(name)?.trim();
    return value && fits(value) ? value : undefined;
  };
  const isTime = (/** @type {string} */ value) => !Number.isNaN(Date.parse(value));
  const state = STATES.find((known) => known === given.get('state')) ?? 'dead';
  const reason = REASONS.find((known) => known === given.get('reason'));
  return withoutGaps({
    state,
    source: read('source', (value) => value.length <= 63),
    reason,
    cause_key: read('cause_key', isMessageId),
    product: read('product', (value) => value.length <= 256),
    died_from: read('died_from', isTime),
    died_before: read('died_before', isTime),
    message_id: read('message_id', isMessageId),
  });
}

/**
 * The part of an address that names a filter; empty for what is shown without one.
 * @param {DeskFilter} filter
 */
export function addressOfFilter(filter) {
  const parameters = new URLSearchParams(
    Object.entries(filter).filter(([name, value]) => name !== 'state' || value !== 'dead'),
  );
  return parameters.size > 0 ? `?${parameters}` : '';
}

/**
 * A filter with some fields set anew, or taken away by undefined.
 * @param {DeskFilter} filter
 * @param {Partial<Record<keyof DeskFilter, string | undefined>>} change
 */
export const changeFilter = (filter, change) =>
  withoutGaps(/** @type {DeskFilter} */ (/** @type {unknown} */ ({ ...filter, ...change })));

/**
 * What is asked of the lists.
 * @param {DeskFilter} filter
 * @returns {Query}
 */
export const queryOf = (filter) =>
  filter.message_id === undefined ? { ...filter } : { message_id: filter.message_id };

/**
 * What is ordered for all that fit: the state is set by what is ordered.
 * @param {DeskFilter} filter
 * @returns {LetterFilter}
 */
export function orderedFilter(filter) {
  return changeFilter(filter, { state: undefined, message_id: undefined });
}

/** The fields beside the state that are set. @param {DeskFilter} filter */
export const countOfFields = (filter) => Object.keys(filter).length - 1;

/** @param {{ [K in keyof DeskFilter]: DeskFilter[K] | undefined }} filter */
function withoutGaps(filter) {
  const set = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
  return /** @type {DeskFilter} */ (Object.fromEntries(set));
}

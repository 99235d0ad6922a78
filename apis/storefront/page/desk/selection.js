/** @import { Selection } from './desk-api.js' */

/** So many can be ordered by name; more only as all that fit a filter. */
export const MOST_BY_NAME = 1_000;

/**
 * Which rows of the list are meant: single ones, or all that fit the filter, also those that are not listed yet.
 */
export function createSelection() {
  /** @type {Set<string>} */
  let ids = new Set();
  let isAll = false;
  return {
    isAll: () => isAll,
    isEmpty: () => !isAll && ids.size === 0,
    size: () => ids.size,
    /** @param {string} id */
    has: (id) => isAll || ids.has(id),
    /** @param {string} id @param {boolean} isIn */
    set(id, isIn) {
      if (isIn) ids.add(id);
      else ids.delete(id);
    },
    selectAll() {
      isAll = true;
      ids = new Set();
    },
    clear() {
      isAll = false;
      ids = new Set();
    },
    /**
     * From all that fit to those that are listed, or the other way round: single rows can then be taken out.
     * @param {readonly string[]} listed
     */
    onlyListed(listed) {
      isAll = false;
      ids = new Set(listed);
    },
    /**
     * Forgets what is not listed any more: what nobody sees is not ordered by name.
     * @param {readonly string[]} listed
     */
    keep(listed) {
      const known = new Set(listed);
      ids = new Set([...ids].filter((id) => known.has(id)));
    },
    /**
     * What to order.
     * @param {Extract<Selection, { filter: unknown }>['filter']} filter what is listed
     * @returns {Selection}
     */
    ordered: (filter) => (isAll ? { filter } : { message_ids: [...ids] }),
  };
}
/** @typedef {ReturnType<typeof createSelection>} RowSelection */

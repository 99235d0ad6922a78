/**
 * Keeps the children of a list in step with data: a row stays the same element as long as its key is there, so focus,
 * selection and hover survive, and only what has changed is touched.
 * @template Item
 * @template {HTMLElement} Row
 * @param {HTMLElement} parent
 * @param {{ key: (item: Item) => string, create: (item: Item) => Row, update?: (row: Row, item: Item) => void }} how
 */
export function createKeyedList(parent, { key, create, update }) {
  /** @type {Map<string, Row>} */
  let rows = new Map();
  return {
    /**
     * @param {readonly Item[]} items each key once
     * @returns {Row[]} the rows that are new
     */
    render(items) {
      /** @type {Map<string, Row>} */
      const next = new Map();
      /** @type {Row[]} */
      const made = [];
      for (const item of items) {
        const known = rows.get(key(item));
        const row = known ?? create(item);
        if (known) update?.(known, item);
        else made.push(row);
        next.set(key(item), row);
      }
      for (const [known, row] of rows) if (!next.has(known)) row.remove();
      if (rows.size === 0) parent.replaceChildren();
      let place = parent.firstElementChild;
      for (const row of next.values()) {
        if (row === place) place = place.nextElementSibling;
        else parent.insertBefore(row, place);
      }
      rows = next;
      return made;
    },
    rows: () => rows,
  };
}

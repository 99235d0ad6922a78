/**
 * Addresses within the page that name something, such as `#order=08d0382e-...`.
 * @param {string} kind
 */
export function createHashLink(kind) {
  const prefix = `#${kind}=`;
  return {
    /**
     * The id that an address names; undefined where it names none.
     * @param {string} hash
     */
    named: (hash) => {
      if (!hash.startsWith(prefix)) return undefined;
      try {
        const id = decodeURIComponent(hash.slice(prefix.length));
        return id === '' || id.length > 200 ? undefined : id;
      } catch {
        return undefined;
      }
    },
    /** @param {string} id */
    hashOf: (id) => `${prefix}${encodeURIComponent(id)}`,
  };
}

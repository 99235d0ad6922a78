const PREFIX = '#order=';

/**
 * The message id that an address names, such as `/#order=08d0382e-...`; undefined where it names none.
 * @param {string} hash
 */
export function orderOfHash(hash) {
  if (!hash.startsWith(PREFIX)) return undefined;
  try {
    const id = decodeURIComponent(hash.slice(PREFIX.length));
    return id === '' || id.length > 200 ? undefined : id;
  } catch {
    return undefined;
  }
}

/** @param {string} messageId */
export const hashOfOrder = (messageId) => `${PREFIX}${encodeURIComponent(messageId)}`;

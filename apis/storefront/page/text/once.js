/**
 * What is made when it is first asked for. A browser takes milliseconds for a format, and tens of them for the first of a
 * page, which would all come together before anything is shown.
 * @template T
 * @param {() => T} make
 * @returns {() => T}
 */
export function once(make) {
  /** @type {T | undefined} */
  let made;
  return () => (made ??= make());
}

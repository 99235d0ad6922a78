/** A comma that begins the next URL; others may be part of a password. */
const BETWEEN_URLS = /\s*,\s*(?=[a-z][a-z0-9+.-]*:\/\/)/i;

/** The URLs of a setting that may name several, separated by commas: the same service at each of them. */
export const splitUrls = (text: string): string[] => text.trim().split(BETWEEN_URLS);

/**
 * What is wrong with a list of URLs, or undefined. The faulty one is named by its place and never quoted: it may hold a
 * password. `schemes` is a pattern such as `amqps?`.
 */
export function faultOfUrls(text: string, schemes: string): string | undefined {
  const urls = splitUrls(text);
  const faults = urls.flatMap((url, index) => {
    const fault = faultOf(url, schemes);
    return fault === undefined ? [] : [urls.length === 1 ? fault : `(URL ${index + 1} of ${urls.length}) ${fault}`];
  });
  if (faults.length > 0) return faults.join(', ');
  const paths = new Set(urls.map((url) => new URL(url).pathname.replace(/^\/$/, '')));
  return paths.size > 1 ? 'names different paths, but all its URLs must lead to the same' : undefined;
}

function faultOf(url: string, schemes: string): string | undefined {
  if (!new RegExp(`^(${schemes})://`).test(url)) return `does not begin with ${readable(schemes)}://`;
  if (!URL.canParse(url)) return 'is no readable URL';
  const { hostname } = new URL(url);
  if (hostname === '') return 'names no host';
  // Where the scheme of the next URL was forgotten.
  return hostname.includes(',') ? 'has a comma in its host: each URL begins with its scheme' : undefined;
}

/** `amqps?` as `amqp:// or amqps`. */
const readable = (schemes: string): string => schemes.replace(/^(\w+)s\?$/, '$1:// or $1s');

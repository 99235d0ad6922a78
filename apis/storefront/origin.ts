/**
 * Whether a page of `origin` may open the feed: the storefront's own page (same host and port as the request went to), or
 * one that is listed. A browser names the origin with every WebSocket and no page can forge it, so a page of another name
 * cannot read the feed through the browser of somebody who can reach the storefront. It does not help against a name that
 * its owner lets point to the storefront's address after the page was loaded (DNS rebinding): origin and host are then the
 * same. Whoever has to exclude that puts a proxy in front that answers to known names only. A request without an origin
 * is refused.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return false;
  const parsed = parseOrigin(origin);
  if (parsed === undefined) return false;
  return parsed.host === host?.toLowerCase() || allowed.includes(parsed.origin);
}

/** The origins that `STOREFRONT_ORIGINS` lists, in the form in which a browser writes them. */
export const listOrigins = (setting: string): string[] =>
  setting.split(',').flatMap((entry) => parseOrigin(entry.trim())?.origin ?? []);

function parseOrigin(text: string): URL | undefined {
  if (!/^https?:\/\/[^/]+$/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

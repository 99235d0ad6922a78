/**
 * Whether a page of `origin` may open the feed: the storefront's own page (same host and port as the request went to), or
 * one that is listed. A browser names the origin with every WebSocket and no page can forge it, so another site cannot
 * read the feed through the browser of somebody who can reach the storefront. A request without an origin is refused.
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

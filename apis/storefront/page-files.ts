import { fileURLToPath } from 'node:url';
import compress from '@fastify/compress';
import files from '@fastify/static';
import type { HttpServer } from '../http/http-server.ts';

/** The folder of the page: what is in it is served as it is, there is no build. */
export const PAGE_FOLDER = fileURLToPath(new URL('page', import.meta.url));

/**
 * Everything that the page uses comes from here, so nothing else is allowed: no inline script or style, no other host.
 * `connect-src 'self'` is for the API and the feed.
 */
export const PAGE_POLICY: Record<string, string[]> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Serves the pages at `/` and `/desk`, compressed where the client takes that, and asked for again only when it has changed. */
export async function registerPageFiles(app: HttpServer, folder = PAGE_FOLDER): Promise<void> {
  await app.register(compress, { threshold: 1_024, encodings: ['br', 'gzip'] });
  await app.register(files, {
    root: folder,
    prefix: '/',
    // Names carry no version, so a browser has to ask; the answer is 304 without a body.
    cacheControl: true,
    maxAge: 0,
    dotfiles: 'ignore',
  });
  app.get('/desk', { schema: { hide: true } }, (_request, reply) => reply.sendFile('desk.html'));
}

import { fileURLToPath } from 'node:url';
import { negotiate } from '@fastify/accept-negotiator';
import compress from '@fastify/compress';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '../http/http-server.ts';
import { createPageReader } from './page-reader.ts';

/** The folder of the pages: what is in it is served as it is, but for the imports of stylesheets; there is no build. */
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

/** Serves the pages at `/` and `/desk`, and compresses all answers where the client takes that. */
export async function registerPageFiles(app: HttpServer, folder = PAGE_FOLDER): Promise<void> {
  await app.register(compress, { threshold: 1_024, encodings: ['br', 'gzip'] });
  const pages = createPageReader(folder);

  async function send(request: FastifyRequest, reply: FastifyReply, name: string): Promise<void> {
    const file = await pages.read(name);
    if (file === undefined) {
      reply.callNotFound();
      return;
    }
    // Names carry no version, so a browser has to ask; the answer is 304 without a body.
    void reply.headers({ 'cache-control': 'public, max-age=0', etag: file.etag, vary: 'accept-encoding' });
    if (hasAlready(request, file.etag)) return void reply.code(304).send();
    void reply.type(file.type);
    const as = negotiate(request.headers['accept-encoding'] ?? '', ['br', 'gzip', 'identity']);
    if (as !== 'br' && as !== 'gzip') return void reply.send(file.body);
    void reply.header('content-encoding', as).send(await file.compressed(as));
  }

  const hidden = { schema: { hide: true } };
  app.get('/', hidden, (request, reply) => send(request, reply, 'index.html'));
  app.get('/desk', hidden, (request, reply) => send(request, reply, 'desk.html'));
  app.get<{ Params: { '*': string } }>('/*', hidden, (request, reply) => send(request, reply, request.params['*']));
}

/** Whether the browser has this very file already (RFC 9110, 13.1.2). */
function hasAlready(request: FastifyRequest, etag: string): boolean {
  const tags = request.headers['if-none-match']?.split(',').map((tag) => tag.trim());
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'));
}

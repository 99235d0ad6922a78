import { fileURLToPath } from 'node:url';
import { negotiate } from '@fastify/accept-negotiator';
import compress from '@fastify/compress';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '../http/http-server.ts';
import { CODINGS, createPageReader, type Coding } from './page-reader.ts';

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
  await app.register(compress, { threshold: 1_024, encodings: [...CODINGS] });
  const pages = createPageReader(folder);

  async function send(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const file = await pages.read(name);
    if (file === undefined) {
      reply.callNotFound();
      return reply;
    }
    // Names carry no version, so a browser has to ask; the answer is 304 without a body.
    const headers = { 'cache-control': 'public, max-age=0', etag: file.etag, vary: 'accept-encoding' };
    if (hasAlready(request, file.etag)) return reply.code(304).headers(headers).send();
    const coding = codingFor(request);
    const body = coding === undefined ? file.body : await file.compressed(coding);
    if (coding !== undefined) void reply.header('content-encoding', coding);
    return reply.headers(headers).type(file.type).send(body);
  }

  // Compressed already, and only here: two that choose a coding by rules of their own would not agree.
  const options = { schema: { hide: true }, compress: false as const };
  app.get('/', options, (request, reply) => send(request, reply, 'index.html'));
  app.get('/desk', options, (request, reply) => send(request, reply, 'desk.html'));
  app.get<{ Params: { '*': string } }>('/*', options, (request, reply) => send(request, reply, request.params['*']));
}

/** The coding that the client takes best (RFC 9110, 12.5.3), or none. */
function codingFor(request: FastifyRequest): Coding | undefined {
  const accepted = (request.headers['accept-encoding'] ?? '').toLowerCase();
  const best = negotiate(accepted, [...CODINGS, 'identity']);
  return CODINGS.find((coding) => coding === best);
}

/** Whether the browser has this very file already: tags are compared weakly (RFC 9110, 13.1.2). */
function hasAlready(request: FastifyRequest, etag: string): boolean {
  const weakly = (tag: string) => tag.trim().replace(/^W\//, '');
  const tags = request.headers['if-none-match']?.split(',').map(weakly);
  return tags !== undefined && (tags.includes(weakly(etag)) || tags.includes('*'));
}

import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Logger } from '../../runtime/logger.ts';
import { registerDocumentation, type ApiDescription } from './documentation.ts';
import { ApiError, createErrorHandler, errorAnswer, sendError, type ErrorTranslation } from './errors.ts';
import { registerHealth, type ReadinessCheck } from './health.ts';
import { registerMetrics } from './metrics.ts';
import { compileValidator } from './validation.ts';

/** Bytes of a JSON body at most; a larger one is refused unread. */
const JSON_BODY_LIMIT = 64 * 1024;

/**
 * The server that every API builds its routes on: JSON in and out, requests validated by their schemas, every error in
 * one form, `/health`, `/metrics`, `/docs`. It does not listen yet.
 */
export async function createHttpServer(options: {
  logger: Logger;
  api: ApiDescription;
  registry: Registry;
  notReady: ReadinessCheck;
  translateError: ErrorTranslation;
  /** Of what the routes serve; where it is missing, helmet's own policy. `/docs` has one of its own. */
  contentSecurityPolicy?: Record<string, string[]>;
}) {
  const handleError = createErrorHandler(options.translateError);
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: JSON_BODY_LIMIT,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => handleError(error, request, reply),
    // What is no HTTP at all has no route and no reply; it gets the same form of answer.
    clientErrorHandler: (_error, socket) => {
      const body = JSON.stringify(errorAnswer(new ApiError(400, 'BAD_HTTP', 'This is no HTTP request.')));
      const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
      if (socket.writable) socket.end(`${head}connection: close\r\n\r\n${body}`);
      else socket.destroy();
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(compileValidator);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.split('?')[0] ?? ''}`;
    sendError(
      reply,
      new ApiError(404, 'NOT_FOUND', `There is no ${what.slice(0, 200)}. GET /docs shows what there is.`),
    );
  });
  acceptJson(app);

  // This server speaks plain HTTP: telling browsers to insist on TLS would lock them out.
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: options.contentSecurityPolicy === undefined,
      directives: options.contentSecurityPolicy ?? { upgradeInsecureRequests: null },
    },
    strictTransportSecurity: false,
  });
  await registerDocumentation(app, options.api);
  registerHealth(app, options.notReady);
  registerMetrics(app, options.registry);
  return app;
}
export type HttpServer = Awaited<ReturnType<typeof createHttpServer>>;

/**
 * JSON only, and an empty body is no body: many clients name a content type on every POST, also on those that take none.
 * Another content type is refused with what to send.
 */
function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined);
    else void parse(request, body, done);
  });
}

import type { FastifyInstance } from 'fastify';
import Type from 'typebox';

/** What keeps a process from being ready, in words; undefined when it is ready. Must not reject. */
export type ReadinessCheck = () => Promise<string | undefined>;

/** Serves `GET /health/live` (the process answers) and `GET /health/ready` (503 with the reason where it is not). */
export function registerHealth(app: FastifyInstance, notReady: ReadinessCheck): void {
  const Live = Type.Object({ status: Type.Literal('live') });
  const Ready = Type.Object({ status: Type.Literal('ready') });
  const NotReady = Type.Object({ status: Type.Literal('not ready'), reason: Type.String() });
  app.get(
    '/health/live',
    { schema: { tags: ['health'], summary: 'Whether the process answers', response: { 200: Live } } },
    () => ({ status: 'live' }),
  );
  app.get(
    '/health/ready',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether the process can do its work, and if not why',
        response: { 200: Ready, 503: NotReady },
      },
    },
    async (_request, reply) => {
      const reason = await notReady();
      return reason === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reason });
    },
  );
}

import fastify from 'fastify';
import { expect, test } from 'vitest';
import { registerDocumentation } from './documentation.ts';

const API = { title: 'An API', description: '', version: '0', tags: [] };

test('where requests may show who sends them, Swagger UI offers that for every route that does not forbid it', async () => {
  const app = fastify();
  const token = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } as const;
  await registerDocumentation(app, { ...API, securitySchemes: { token } });
  app.get('/some', () => ({}));
  app.post('/login', { schema: { security: [] } }, () => ({}));
  await app.ready();
  const answer = await app.inject({ url: '/docs/json' });
  const document = answer.json<{ components: object; security: object; paths: object }>();
  expect(document.components).toMatchObject({ securitySchemes: { token } });
  expect(document.security).toEqual([{}, { token: [] }]);
  expect(document.paths).toMatchObject({ '/login': { post: { security: [] } } });
  await app.close();
});

test('where they may not, nothing is offered', async () => {
  const app = fastify();
  await registerDocumentation(app, API);
  await app.ready();
  const answer = await app.inject({ url: '/docs/json' });
  expect(answer.json()).not.toHaveProperty('security');
  await app.close();
});

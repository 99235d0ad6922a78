import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

export interface ApiDescription {
  title: string;
  /** Markdown. */
  description: string;
  version: string;
  tags: { name: string; description: string }[];
  /** With what a request may show who sends it, by name; Swagger UI then asks for it and sends it with every request. */
  securitySchemes?: Record<string, { type: 'http'; scheme: 'bearer'; bearerFormat: string }>;
}

/** Serves the OpenAPI document of the routes registered after it, and Swagger UI to try them, at `/docs`. */
export async function registerDocumentation(app: FastifyInstance, api: ApiDescription): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: { title: api.title, description: api.description, version: api.version },
      tags: api.tags,
      ...(api.securitySchemes && {
        components: { securitySchemes: api.securitySchemes },
        // `{}`: not needed everywhere. What a route asks for stands in its answers.
        security: [{}, ...Object.keys(api.securitySchemes).map((name) => ({ [name]: [] }))],
      }),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', displayRequestDuration: true, defaultModelsExpandDepth: -1 },
    // Swagger UI sets styles inline; nothing else of the API may.
    staticCSP: "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'",
  });
}

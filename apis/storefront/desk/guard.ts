import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';

export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody who is logged in. */
export interface Actor {
  name: string;
  role: Role;
}

/**
 * What stands before the routes of the desk, and before a body is even parsed. `requireRole` is the `onRequest` of a route:
 * it refuses whoever is not logged in (401), has another role than it takes (403, an operator may do all that a viewer
 * may), or wants to change something from a page of another origin (403), and writes that into log and audit table. Behind
 * it, `actorOf` tells who it is; it throws where the route has no such handler. `reading` is the `onRequest` of routes that
 * only read: it asks for a viewer where reading needs a login (`DESK_READING=login`), and else lets everybody pass.
 */
export interface Guard {
  requireRole: (role: Role) => onRequestAsyncHookHandler;
  reading: onRequestAsyncHookHandler;
  actorOf: (request: FastifyRequest) => Actor;
}

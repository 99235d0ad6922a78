import { ApiError } from '../../http/errors.ts';
import type { Guard } from './guard.ts';

const refuse = () => new ApiError(401, 'LOGIN_REQUIRED', 'Nobody can log in here, so nothing can be changed.');

/** The guard where nobody can log in: everybody may read, and nobody may change anything. */
export const nobody: Guard = {
  requireRole: () => () => Promise.reject(refuse()),
  reading: () => Promise.resolve(),
  actorOf: () => {
    throw refuse();
  },
};

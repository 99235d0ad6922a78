import Type from 'typebox';
import { nullable } from '../shown.ts';
import { UUID_PATTERN } from '../uuid.ts';

/** What endpoints of the desk are asked and answer in many places. Times are ISO 8601 in UTC. */
export const Uuid = (description: string) => Type.String({ pattern: UUID_PATTERN, description });
export const Time = (description: string) => Type.String({ description: `${description}; ISO 8601, UTC.` });
export const TimeAsked = (description: string) =>
  Type.String({ maxLength: 40, description: `${description}; ISO 8601.` });

/** The place of the next page, in an answer and in a question. */
export const Next = nullable(
  Type.String(),
  'For the page after this one, give it as `after`; null where none is left.',
);
export const After = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: 'What the page before said as `next`.' }),
);
export const Limit = Type.Integer({ default: 50, minimum: 1, maximum: 200, description: 'Rows of a page.' });
export const PageQuery = Type.Object({ after: After, limit: Limit }, { additionalProperties: false });

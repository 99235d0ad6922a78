import Type from 'typebox';
import { nullable } from '../shown.ts';

export const AuditQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,18}$', description: 'What the page before said as `next`.' }),
    ),
    limit: Type.Integer({ default: 50, minimum: 1, maximum: 200, description: 'Rows of a page.' }),
  },
  { additionalProperties: false },
);

export const AuditPage = Type.Object(
  {
    entries: Type.Array(
      Type.Object({
        at: Type.String({ description: 'When; ISO 8601, UTC.' }),
        actor: Type.String({ description: 'Name of the user; empty where nobody was logged in.' }),
        action: Type.String({ description: 'Such as login, logout, redrive, refused.' }),
        detail: Type.Record(Type.String(), Type.Unknown()),
      }),
      { description: 'Newest first.' },
    ),
    next: nullable(Type.String(), 'For the page after this one, give it as `after`; null where none is left.'),
  },
  { title: 'AuditPage' },
);

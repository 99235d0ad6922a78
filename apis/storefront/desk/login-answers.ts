import Type from 'typebox';
import { Time } from './answer-fields.ts';

/** `POST /v0/login`; the token is also set as a cookie that no script can read. */
export const LoginOrder = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    password: Type.String({ minLength: 1, maxLength: 1_000 }),
  },
  { additionalProperties: false, title: 'LoginOrder' },
);
/** Also `GET /v0/session` (401 where nobody is logged in; without the token) and `POST /v0/session/renew`. */
export const Session = Type.Object(
  {
    name: Type.String(),
    role: Type.Enum(['viewer', 'operator']),
    expires_at: Time('When the token ends'),
    token: Type.Optional(
      Type.String({ description: 'For clients that are no browser: `Authorization: Bearer <token>`.' }),
    ),
  },
  { title: 'Session' },
);

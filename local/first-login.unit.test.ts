import { describe, expect, test } from 'vitest';
import { addressTable, type Address } from './address-table.ts';
import { readFirstLogin, sayPassword, withDesk, type FirstLogin } from './first-login.ts';

const ADDRESSES: Address[] = [
  { what: 'storefront', url: 'http://127.0.0.1:8000', note: 'the page' },
  { what: 'Redis', url: 'redis://127.0.0.1:6379' },
];
const shown = (login: FirstLogin | undefined, show?: string) =>
  addressTable(withDesk(ADDRESSES, login, show)).join('\n');

describe('the table of addresses has the desk below the storefront', () => {
  test('with the password where it is told, and that this is the only time', () => {
    const [, desk] = addressTable(withDesk(ADDRESSES, { user: 'operator', password: 'abc123' }));
    expect(desk).toMatch(
      /^ {2}dead-letter desk +http:\/\/127\.0\.0\.1:8000\/desk +user operator, password abc123 \(shown only now\)$/,
    );
  });

  test('with the file where it was told before, which in Docker is one of the container', () => {
    const login = { user: 'operator', file: '/folder/operator-password' };
    expect(shown(login)).toContain('user operator, password: in /folder/operator-password');
    expect(shown(login, 'docker compose exec storefront cat ')).toContain(
      'password: docker compose exec storefront cat /folder/operator-password',
    );
  });

  test('without a password that is set, or changed', () => {
    expect(shown({ user: 'op', isSet: true })).toContain('user op, password as set in DESK_OPERATOR_PASSWORD');
    expect(shown({ user: 'op' })).toContain('user op, password as changed; npm run desk-user');
    expect(shown(undefined)).toContain('/desk');
  });

  test('and is as it was where there is no storefront', () => {
    expect(withDesk(ADDRESSES.slice(1), { user: 'operator' })).toEqual(ADDRESSES.slice(1));
  });
});

test('a password that is told once is said although the start was cut off, and nothing else is', () => {
  const said: string[] = [];
  for (const login of [{ user: 'op', password: 'abc123' }, { user: 'op', file: '/file' }, undefined])
    sayPassword(login, (text) => said.push(text));
  expect(said).toEqual(['The dead-letter desk: user op, password abc123 (shown only now)']);
});

test('what is no answer of the program is none', () => {
  expect(readFirstLogin('{"user":"operator","password":"x"}\n')).toEqual({ user: 'operator', password: 'x' });
  for (const text of ['', 'null', '[]', '{}', '{"user":1}', 'no such service'])
    expect(readFirstLogin(text)).toBeUndefined();
});

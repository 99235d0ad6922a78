import { randomBytes, scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPasswords, generatePassword, SHORTEST_PASSWORD } from './passwords.ts';

test('a hash is that of its password and no other, and no two are alike', async () => {
  const passwords = createPasswords();
  const [one, other] = await Promise.all([passwords.hash('a password'), passwords.hash('a password')]);
  expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
  expect(one).not.toBe(other);
  expect(one).not.toContain('password');
  expect(await passwords.matches('a password', one)).toBe(true);
  expect(await passwords.matches('a Password', one)).toBe(false);
  expect(await passwords.matches('', one)).toBe(false);
  // Without a hash there is no password that fits.
  expect(await passwords.matches('', undefined)).toBe(false);
});

test('a password is the same however a keyboard composes its letters', async () => {
  const passwords = createPasswords();
  expect(await passwords.matches('caf\u0065\u0301 noir', await passwords.hash('caf\u00e9 noir'))).toBe(true);
});

test('a hash made with other parameters is still read', async () => {
  const salt = randomBytes(16);
  const hash = scryptSync('password', salt, 32, { N: 1024, r: 8, p: 1 });
  const text = `$scrypt$ln=10,r=8,p=1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
  const passwords = createPasswords();
  expect(await passwords.matches('password', text)).toBe(true);
  expect(await passwords.matches('passwort', text)).toBe(false);
  await expect(passwords.matches('password', 'plain text')).rejects.toThrow('cannot be read');
});

test('a generated password is long, and another each time', () => {
  const made = Array.from({ length: 200 }, generatePassword);
  expect(new Set(made).size).toBe(200);
  for (const password of made) expect(password).toMatch(/^[a-hjkmnp-z2-9]{26}$/);
  expect(SHORTEST_PASSWORD).toBeLessThan(26);
});

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { envExample } from './env-example.ts';

test('.env.example holds every setting as the code has it (npm run env-example > .env.example)', async () => {
  expect(await readFile(new URL('../.env.example', import.meta.url), 'utf8')).toBe(envExample());
});

import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { compileProgram } from './compile-program.ts';

const run = promisify(execFile);
const PROGRAM = 'runtime/print-env-example.ts';
const COMPILER = 'local/services/compile-program.ts';
afterAll(async () => {
  for (const main of [PROGRAM, COMPILER])
    await rm(dirname(await compileProgram(main)), { recursive: true, force: true });
});

test('a compiled program does what its source does', async () => {
  const { stdout } = await run(process.execPath, [await compileProgram(PROGRAM)]);
  expect(stdout).toBe(await readFile('.env.example', 'utf8'));
});

test('one that is gone is compiled again, and so is one that could not be', async () => {
  const program = await compileProgram(PROGRAM);
  await rm(dirname(program), { recursive: true });
  expect(await compileProgram(PROGRAM)).toBe(program);
  expect(await readFile(program, 'utf8')).toContain('sourceMappingURL');
  for (const again of [1, 2])
    await expect(compileProgram('runtime/nothing.ts'), String(again)).rejects.toThrow('nothing.ts');
});

test('those who ask at once are answered alike', async () => {
  const programs = await Promise.all(Array.from({ length: 5 }, () => compileProgram(PROGRAM)));
  expect(new Set(programs).size).toBe(1);
});

test('a compiled file has the address of its source, also where the compiler was compiled', async () => {
  const compiler = await compileProgram(COMPILER);
  const compiled = await readFile(compiler, 'utf8');
  expect(compiled).toContain(`"${pathToFileURL(COMPILER).href}"`);
  const itself = `it.compileProgram('${COMPILER}')`;
  await run(process.execPath, ['-e', `import('${pathToFileURL(compiler).href}').then((it) => ${itself})`]);
  expect(await readFile(compiler, 'utf8')).toBe(compiled);
});

import { build, type Plugin } from 'esbuild';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where programs can import the packages, as their sources do; for each checkout another, as they may share the packages. */
const COMPILED = join(
  ROOT,
  'node_modules',
  '.cache',
  'programs',
  createHash('sha256').update(ROOT).digest('hex').slice(0, 12),
);

/** Names that no file of ours has, in place of `import.meta.url` and `import.meta.dirname`. */
const ADDRESS = { 'import.meta.url': 'addressOfSource', 'import.meta.dirname': 'folderOfSource' };

/** What a file finds beside itself, it also finds there when it is compiled: each has its address as constants of its own. */
const KEEP_ADDRESS: Plugin = {
  name: 'keep-address',
  setup: (compiler) => {
    compiler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const [address, folder] = [pathToFileURL(path).href, dirname(path)].map((own) => JSON.stringify(own));
      // On the first line, so that all others keep their numbers.
      const own = `const addressOfSource = ${address}, folderOfSource = ${folder};`;
      return { contents: `${own}${await readFile(path, 'utf8')}`, loader: 'ts' };
    });
  },
};

const compiling = new Map<string, Promise<string>>();

/**
 * Compiles a TypeScript program, named by its path from the root, with all files of ours that it imports, and resolves with
 * the path of the result. This is done once for each process that asks. Rejects where one of the files cannot be compiled, or
 * the result cannot be written; asked again, it tries again.
 */
export async function compileProgram(main: string): Promise<string> {
  const before = await compiling.get(main)?.catch(() => undefined);
  // An installation of the packages deletes it.
  if (before !== undefined && existsSync(before)) return before;
  const compiled = compile(main);
  compiling.set(main, compiled);
  return compiled;
}

async function compile(main: string): Promise<string> {
  const folder = join(COMPILED, main.replace(/\.ts$/, ''));
  const program = join(folder, 'main.mjs');
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { main },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported only where it is needed, such as the driver of one store, stays apart.
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    sourcemap: 'inline',
    sourcesContent: false,
    define: ADDRESS,
    plugins: [KEEP_ADDRESS],
    logLevel: 'silent',
    write: false,
  });
  // Others may run the program meanwhile, or compile it too: they find each file whole, and last the one that names the others.
  const parts = outputFiles.filter(({ path }) => path !== program);
  for (const { path, contents } of [...parts, ...outputFiles.filter(({ path }) => path === program)]) {
    await mkdir(dirname(path), { recursive: true });
    const unfinished = `${path}.${randomUUID()}`;
    await writeFile(unfinished, contents);
    await rename(unfinished, path);
  }
  return program;
}

import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as groups from '../../runtime/settings.ts';
import {
  anchorsOf,
  blocksOf,
  codeOf,
  documentAt,
  documents,
  read,
  ROOT,
  rowsOf,
  spansOf,
  tableOf,
} from './documents.ts';

const names = documents.map(({ path }) => path);
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const makefile = read('Makefile');
const targets = [...makefile.matchAll(/^([a-z][a-z_-]*):.*## /gm)].map(([, name = '']) => name);
const settings = new Map(
  Object.values(groups).flatMap((group) =>
    Object.entries(group).map(([name, schema]) => [name, String((schema as { default?: unknown }).default)]),
  ),
);
const compose = read('docker-compose.yml');
const portsOfCompose = new Map(
  [...compose.matchAll(/\$\{(\w+_PORT):-(\d+)\}/g)].map(([, name = '', preset = '']) => [name, preset]),
);
/** What is written like a setting and is none: variables of Compose, of the tests and of the bench, and a code of the API. */
const OTHERS = ['COMPOSE_FILE', 'COMPOSE_PROFILES', 'MONGO_URL', 'FAULT_SEED', 'FAULT_ORDERS', 'RUN_IN_PROGRESS'];
const isKnown = (name: string) =>
  settings.has(name) || portsOfCompose.has(name) || OTHERS.includes(name) || /^(TEST|BENCH)_/.test(name);

test('the documents that a newcomer is sent to are there', () => {
  const wanted = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/architecture.md'];
  expect(names).toEqual(expect.arrayContaining([...wanted, 'docs/message.md', 'docs/operations.md']));
});

describe.each(documents)('$path', (document) => {
  const code = codeOf(document);

  test('names make targets and npm scripts that exist', () => {
    const text = code.join('\n');
    const made = [...text.matchAll(/\bmake ([a-z_-]+)/g)].map(([, name = '']) => name);
    expect(made.filter((name) => !targets.includes(name) && name !== 'help')).toEqual([]);
    const run = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('runs and links to files that exist, and to headings that they have', () => {
    const links = [...document.text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const ran = [...code.join('\n').matchAll(/\bnode --import tsx (\S+)/g)].map(([, file = '']) => `/${file}`);
    for (const link of [...links, ...ran].filter((target) => !/^(https?|mailto):/.test(target))) {
      const [file = '', anchor] = link.split('#');
      const path =
        file === '' ? document.path : normalize(join(file.startsWith('/') ? '' : dirname(document.path), file));
      expect(existsSync(join(ROOT, path)), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(documentAt(path)), link).toContain(anchor);
    }
  });

  test('names files in code that exist', () => {
    const paths = spansOf(document.text).filter((span) =>
      /^(apis|consumer|db|rabbitmq|runtime|local|bench|monitoring|docs|test|examples)\/[\w./-]+$/.test(span),
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('names variables that exist', () => {
    // What a block of TypeScript names is held against its file below.
    const text = codeOf(document, 'ts').join('\n');
    const variables = [...text.matchAll(/(?<![\w./"'<$-])[A-Z][A-Z0-9]*_[A-Z0-9_]+(?![\w'(])/g)].map(([name]) => name);
    expect(variables.filter((name) => !isKnown(name))).toEqual([]);
  });

  test('shows the code of the files that it names, to the letter', () => {
    for (const { source, language, code: shown } of blocksOf(document)) {
      if (language === 'ts') expect(source, shown).toBeDefined();
      if (source === undefined) continue;
      const [file = '', region] = source.split('#');
      const [, held] =
        region === undefined
          ? [undefined, read(file)]
          : (new RegExp(`^// #region ${region}\\n([\\s\\S]*?)^// #endregion`, 'm').exec(read(file)) ?? []);
      expect(shown, source).toBe(held);
    }
  });
});

describe('README.md', () => {
  const readme = documentAt('README.md');

  test('has the port of every address, as the settings have it, in the order of their names', () => {
    const rows = rowsOf(readme).filter(([, , variables = '']) => /^`\w+_PORT`/.test(variables));
    const documented = rows.flatMap(([, ports = '', variables = '']) => {
      const of = spansOf(variables);
      const numbers = ports.split(', ');
      expect(numbers).toHaveLength(of.length);
      return of.map((name, index): [string, string | undefined] => [name, numbers[index]]);
    });
    const ofLauncher = Object.keys(groups.launcherSettings).filter((name) => name.endsWith('_PORT'));
    const all = new Set([...ofLauncher, ...portsOfCompose.keys()]);
    expect(new Set(documented.map(([name]) => name))).toEqual(all);
    for (const [name, port] of documented) expect(port, name).toBe(settings.get(name) ?? portsOfCompose.get(name));
  });

  test('has the settings of its table with their defaults', () => {
    const rows = tableOf(readme, 'setting', 'default');
    expect(rows.length).toBeGreaterThan(5);
    for (const [name = '', preset] of rows) expect(preset, name).toBe(`\`${settings.get(spansOf(name)[0] ?? '')}\``);
  });

  test('is short enough to be read', () => {
    // Of what was measured the table is as long as there are scenarios.
    const [before = '', , after = ''] = readme.text.split(/<!-- \/?figures -->/);
    expect(`${before}${after}`.split('\n').length).toBeLessThan(270);
  });

  test('says what Compose files and profiles there are', () => {
    const profiles = Object.values((parse(compose, { merge: true }) as { services: object }).services).flatMap(
      (service) => (service as { profiles?: string[] }).profiles ?? [],
    );
    const said = [...readme.text.matchAll(/COMPOSE_PROFILES=(\w+)/g)].map(([, name]) => name);
    expect(new Set(said)).toEqual(new Set(profiles));
    const files = [...readme.text.matchAll(/COMPOSE_FILE=([\w.:-]+)/g)].flatMap(([, list = '']) => list.split(':'));
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test('asks for the Node version that package.json asks for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(readme.text).toContain(`Node ${engines.node.replace('>=', '')} or newer`);
  });

  test('says which Node versions the linter and the tests take', () => {
    const { engines } = JSON.parse(read('node_modules/eslint/package.json')) as { engines: { node: string } };
    expect(engines.node).toBe('^20.19.0 || ^22.13.0 || >=24');
    expect(readme.text).toContain('`make test` takes 20 from 20.19 on, 22 from 22.13 on, 24 and newer');
  });
});

test('CHANGELOG.md has a section for the version of package.json', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(documentAt('CHANGELOG.md').text).toMatch(new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\]`, 'm'));
});

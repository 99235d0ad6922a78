import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PAGE_FOLDER } from '../../apis/storefront/page-files.ts';
import { deskEn } from '../../apis/storefront/page/text/desk-en.js';
import { deskPtBr } from '../../apis/storefront/page/text/desk-pt-br.js';
import { en } from '../../apis/storefront/page/text/en.js';
import { createFormats } from '../../apis/storefront/page/text/formats.js';
import { chooseLanguage, createText, loadTexts } from '../../apis/storefront/page/text/language.js';
import { ptBr } from '../../apis/storefront/page/text/pt-br.js';
import { RequestFailed, whyItFailed } from '../../apis/storefront/page/view/request.js';

const placeholdersOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([whole]) => whole).sort();

/** All texts of the desk: it has those of the storefront's page too. */
const all: Record<string, string> = { ...en, ...deskEn };

test.each([
  ['storefront', en, ptBr],
  ['desk', deskEn, deskPtBr],
])('both languages have the same texts of the %s, with the same values in them', (_page, english, portuguese) => {
  const [a, b]: Record<string, string>[] = [english, portuguese];
  expect(Object.keys(b ?? {})).toEqual(Object.keys(a ?? {}));
  for (const key of Object.keys(english)) {
    expect([key, placeholdersOf(b?.[key] ?? '')]).toEqual([key, placeholdersOf(a?.[key] ?? '')]);
    expect(b?.[key]?.trim(), key).not.toBe('');
  }
});

test('no text of the desk takes the place of one of the storefront', () => {
  expect(Object.keys(deskEn).filter((key) => key in en)).toEqual([]);
});

test.each(['index.html', 'desk.html'])('every text that %s names is there, the English one already', async (page) => {
  const html = await readFile(join(PAGE_FOLDER, page), 'utf8');
  const named = [...html.matchAll(/data-text="([^"]+)"[^>]*>([^<]*)</g)];
  expect(named.length).toBeGreaterThan(15);
  for (const [, key = '', text = ''] of named) expect([key, text.trim()]).toEqual([key, all[key]]);
  const labelled = [
    ...html.matchAll(/data-(label|placeholder|content)="([^"]+)"\s+(?:aria-label|placeholder|content)="([^"]*)"/g),
  ];
  expect(labelled.length).toBeGreaterThan(4);
  for (const [, , key = '', text = ''] of labelled) expect([key, text]).toEqual([key, all[key]]);
});

test('no text is left that nothing uses', async () => {
  const files = await readdir(PAGE_FOLDER, { recursive: true });
  const sources = files.filter((name) => /\.(js|html)$/.test(name) && !/text\/(desk-)?(en|pt-br)\.js$/.test(name));
  const code = (await Promise.all(sources.map((name) => readFile(join(PAGE_FOLDER, name), 'utf8')))).join('\n');
  // Keys that are put together, such as `reason.${reason}`: each value stands for a part without a dot.
  const composed = [...code.matchAll(/`((?:[\w.-]|\$\{[^{}`]+\})+)`/g)].flatMap(([, template = '']) => {
    const fixed = template.replaceAll(/\$\{[^{}]+\}/g, '');
    if (fixed === template || !/\w\.|\.\w/.test(fixed)) return [];
    const parts = template.split(/\$\{[^{}]+\}/).map((part) => part.replaceAll('.', '\\.'));
    return [new RegExp(`^${parts.join('[\\w-]+')}$`)];
  });
  expect(composed.length).toBeGreaterThan(10);
  const unused = Object.keys(all).filter((key) => {
    const name = key.replace(/\.(one|other)$/, '');
    const isNamed = code.includes(`'${name}'`) || code.includes(`"${name}"`);
    return !isNamed && !composed.some((pattern) => pattern.test(name) || pattern.test(key));
  });
  expect(unused).toEqual([]);
});

test('every error that has a text of its own is one that the API can answer', async () => {
  const folder = fileURLToPath(new URL('../../apis', import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((name) => /(?<!test)\.ts$/.test(name));
  const code = (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
  const known = Object.keys(all).flatMap((key) => /^error\.code\.(.+)$/.exec(key)?.[1] ?? []);
  expect(known.length).toBeGreaterThan(15);
  expect(known.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});

test('of an error the page says what it knows, then what the server says of the request, never what broke in it', () => {
  const portuguese = createText(ptBr, 'pt-BR');
  const say = (...[status, said, code]: ConstructorParameters<typeof RequestFailed>) =>
    whyItFailed(new RequestFailed(status, said, code), portuguese);
  expect(say(503, 'Endput is away: ECONNREFUSED', 'ENDPUT_UNAVAILABLE')).toMatch(/^O endput está fora do ar/);
  expect(say(400, 'limit must be <= 200', 'INVALID_REQUEST')).toBe('limit must be <= 200');
  expect(say(500, 'relation "x" does not exist', 'toString')).toBe('a vitrine respondeu 500');
  expect(say(404, undefined)).toBe('a vitrine respondeu 404');
  expect(say(undefined, undefined)).toBe('a vitrine não responde');
  expect(whyItFailed(new TypeError('x is not a function'), portuguese)).toBe('a vitrine não responde');
});

test.each([
  [['pt-BR', 'en'], 'pt-BR', 'pt-BR'],
  [['pt'], 'pt-BR', 'pt-BR'],
  [['en-GB', 'pt-BR'], 'en', 'en-GB'],
  [['de-DE', 'pt-PT', 'en'], 'pt-BR', 'pt-BR'],
  [['de-DE'], 'en', 'en'],
  [['en-!!'], 'en', 'en'],
  [[], 'en', 'en'],
])('a browser that asks for %j gets %s', (wanted, language, locale) => {
  expect(chooseLanguage(wanted)).toEqual({ language, locale });
});

test('texts are filled in, and counted by the rules of the language', async () => {
  const english = createText(await loadTexts('en'), 'en');
  expect(english.text('orders.attempt', { attempt: 2, of: 5 })).toBe('attempt 2 of 5');
  expect(english.count('products.orders', 1)).toBe('1 order');
  expect(english.count('products.orders', 12_345)).toBe('12,345 orders');
  const portuguese = createText(await loadTexts('pt-BR'), 'pt-BR');
  expect(portuguese.count('products.orders', 1)).toBe('1 pedido');
  expect(portuguese.count('products.orders', 12_345)).toBe('12.345 pedidos');
  expect(portuguese.count('products.orders', 1_000_000)).toBe('1.000.000 pedidos');
});

test('a value cannot name another value, and a reason that is not known is shown as it is', () => {
  const { text, known } = createText(en, 'en');
  expect(text('products.none', { search: '{n} $& <b>' })).toBe('No product matches “{n} $& <b>”.');
  expect(known('reason.attempts_exhausted', 'x')).toBe('Attempts exhausted');
  expect(known('reason.toString', 'toString')).toBe('toString');
});

test('money is shown exactly, however much it is', () => {
  const { money } = createFormats('en');
  expect(money('9007199254740993.01')).toBe('9,007,199,254,740,993.01');
  expect(money('0.5')).toBe('0.50');
  expect(createFormats('pt-BR').money('1234.5')).toBe('1.234,50');
  for (const odd of ['NaN', '', '1e5', '12,50', '<b>']) expect(money(odd)).toBe(odd);
});

test('times and durations take the unit that reads best', () => {
  const { fromNow, duration, short, time } = createFormats('en');
  expect(fromNow(7_200)).toBe('in 7 sec.');
  expect(fromNow(-120_000)).toBe('2 min. ago');
  expect(fromNow(-3 * 86_400_000)).toBe('3 days ago');
  expect(duration(0.04)).toBe('0.04 ms');
  expect(duration(3_400)).toBe('3.4 sec');
  expect(short(99_999)).toBe('99,999');
  expect(short(1_234_567)).toBe('1.235M');
  expect(time('no time')).toBe('no time');
});

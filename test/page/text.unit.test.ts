import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGE_FOLDER } from '../../apis/storefront/page-files.ts';
import { en } from '../../apis/storefront/page/text/en.js';
import { createFormats } from '../../apis/storefront/page/text/formats.js';
import { chooseLanguage, createText, loadTexts } from '../../apis/storefront/page/text/language.js';
import { ptBr } from '../../apis/storefront/page/text/pt-br.js';

const placeholdersOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([whole]) => whole).sort();

test('both languages have the same texts, with the same values in them', () => {
  expect(Object.keys(ptBr)).toEqual(Object.keys(en));
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect([key, placeholdersOf(ptBr[key])]).toEqual([key, placeholdersOf(en[key])]);
    expect(ptBr[key].trim(), key).not.toBe('');
  }
});

test('every text that the markup names is there, and the English one stands there already', async () => {
  const html = await readFile(join(PAGE_FOLDER, 'index.html'), 'utf8');
  const named = [...html.matchAll(/data-text="([^"]+)"[^>]*>([^<]*)</g)];
  expect(named.length).toBeGreaterThan(15);
  for (const [, key = '', text = ''] of named) expect([key, text.trim()]).toEqual([key, en[key as keyof typeof en]]);
  const labelled = [...html.matchAll(/data-(label|placeholder)="([^"]+)"\s+(?:aria-label|placeholder)="([^"]*)"/g)];
  expect(labelled.length).toBeGreaterThan(8);
  for (const [, , key = '', text = ''] of labelled) expect([key, text]).toEqual([key, en[key as keyof typeof en]]);
});

test('no text is left that nothing uses', async () => {
  const files = await readdir(PAGE_FOLDER, { recursive: true });
  const sources = files.filter((name) => /\.(js|html)$/.test(name) && !/text\/(en|pt-br)\.js$/.test(name));
  const code = (await Promise.all(sources.map((name) => readFile(join(PAGE_FOLDER, name), 'utf8')))).join('\n');
  const families = ['outcome.', 'kind.', 'reason.', 'order.state.', 'order.record.', 'order.history.'];
  const composed = [...families, 'theme.', 'connection.away.', 'connection.live'];
  const unused = Object.keys(en).filter((key) => {
    const name = key.replace(/\.(one|other)$/, '');
    const isNamed = code.includes(`'${name}'`) || code.includes(`"${name}"`);
    const family = composed.find((start) => name.startsWith(start));
    return !isNamed && !(family && code.includes(`\`${family.replace(/\w+$/, '')}\${`));
  });
  expect(unused).toEqual([]);
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

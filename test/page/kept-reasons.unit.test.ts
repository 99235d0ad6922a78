import { expect, test } from 'vitest';
import { skippedInWords, stateReasonInWords } from '../../apis/storefront/page/desk/kept-reasons.js';
import { loadDeskTexts } from '../../apis/storefront/page/text/desk-language.js';
import { createFormats } from '../../apis/storefront/page/text/formats.js';
import { createText } from '../../apis/storefront/page/text/language.js';
import type { LedgerState } from '../../db/endput/standings.ts';
import { findWrittenReasons } from './written-reasons.ts';

const page = async (language: 'en' | 'pt-BR') => ({
  text: createText(await loadDeskTexts(language), language),
  formats: createFormats(language),
});
const english = await page('en');
const portuguese = await page('pt-BR');
type Page = typeof english;

const inWords = (of: Page, reason: string) => {
  const skipped = skippedInWords(of, reason);
  return skipped === reason ? stateReasonInWords(of, reason) : skipped;
};

/** Every state of the ledger, by its type. */
const states: Record<LedgerState, true> = { dead: true, redriving: true, discarded: true, resolved: true };
/** What may be filled in to a reason, by the expression in the code. */
const FILLED: Record<string, readonly string[]> = {
  'letter.state': Object.keys(states),
  stepDead: ['1', '1234'],
  stepSent: ['10000'],
  'percent(stepDead / stepSent)': ['100 %', '12.3 %'],
  'percent(maxDeadShare)': ['0 %', '0.5 %'],
  often: ['the shop is closed', 'two lines\nof (text); most often: {dead} %'],
  'error.message': ['no connection to amqp://127.0.0.1: connect ECONNREFUSED (127.0.0.1)'],
};

function filledIn(text: string): string[] {
  const [whole, expression = ''] = /\{([^{}]+)\}/.exec(text) ?? [];
  if (whole === undefined) return [text];
  const values = FILLED[expression];
  if (values === undefined) throw new Error(`what may ${whole} be in "${text}"?`);
  const at = text.indexOf(whole);
  const rest = filledIn(text.slice(at + whole.length));
  return values.flatMap((value) => rest.map((after) => text.slice(0, at) + value + after));
}

test('every reason that the code writes has its text in Portuguese', async () => {
  const { statements, texts } = await findWrittenReasons();
  expect(statements).toBeGreaterThanOrEqual(3);
  expect(texts.length).toBeGreaterThanOrEqual(8);
  const reasons = texts.flatMap(filledIn);
  expect(reasons).toContain('its order is stored');
  const unknown = reasons.filter((reason) => inWords(portuguese, reason) === reason);
  expect(unknown).toEqual([]);
});

test('a reason reads as it was written, in the words, numbers and shares of the language', () => {
  const stopped = '1234 of the 10000 messages of this step died again (12.3 %, 0.5 % may)';
  expect(stateReasonInWords(english, stopped)).toBe(
    '1,234 of the 10,000 messages of this step died again (12.3%, 0.5% may)',
  );
  expect(stateReasonInWords(portuguese, `${stopped}; most often: the shop is {dead}`)).toBe(
    'mortas de novo neste passo: 1.234 de 10.000 (12,3%; o limite é 0,5%); o erro mais frequente: the shop is {dead}',
  );
  expect(stateReasonInWords(portuguese, 'waits: the broker is away (connect ECONNREFUSED)')).toBe(
    'espera: o broker está fora do ar (connect ECONNREFUSED)',
  );
  expect(skippedInWords(english, 'its order is stored')).toBe('its order is stored');
  expect(skippedInWords(portuguese, 'it is redriving meanwhile')).toBe('ela já está a caminho de novo');
});

test('a reason that the page does not know is shown as it is', () => {
  for (const newer of ['it is on the moon', 'toString', '', '1 of 2 died again']) {
    expect(skippedInWords(portuguese, newer)).toBe(newer);
    expect(stateReasonInWords(portuguese, newer)).toBe(newer);
  }
});

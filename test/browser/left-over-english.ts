import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { deskEn } from '../../apis/storefront/page/text/desk-en.js';
import { deskPtBr } from '../../apis/storefront/page/text/desk-pt-br.js';
import { en } from '../../apis/storefront/page/text/en.js';
import { ptBr } from '../../apis/storefront/page/text/pt-br.js';

const ENGLISH: Record<string, string> = { ...en, ...deskEn };
/** The texts of the desk in Portuguese, by their keys. */
export const PORTUGUESE = { ...ptBr, ...deskPtBr };

/** English words that are none in Portuguese: what is in no table of texts, such as a message of the API, has one of them. */
const WORDS =
  /(?<!\p{L})(the|of|and|is|are|was|were|with|this|that|its?|not|has|have|been|dead|letters?|redrive|discard|choose|which|what|why|when|from|to|by|now|stored|log in)(?!\p{L})/iu;

/** Whole texts in English, with anything in place of what is filled in; those left out are the same in Portuguese. */
const SENTENCES = Object.values(ENGLISH).flatMap((text) => {
  const isSame = Object.values<string>(PORTUGUESE).includes(text);
  if (isSame || !/\p{L}{2}/u.test(text.replaceAll(/\{\w+\}/g, ''))) return [];
  const parts = text.trim().split(/\{\w+\}/);
  return new RegExp(
    `^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.+')}$`,
    's',
  );
});

/** Among random ids is one that reads "1dead2", once in two hundred pages. */
const ID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g;

/** Every text of the page that is shown or read aloud, but for code, which has no language. */
const SHOWN = `(() => {
  const texts = [document.title];
  for (const box of document.body.querySelectorAll('*')) {
    if (box.closest('code, pre, script, style, template') || !box.checkVisibility()) continue;
    for (const name of ['aria-label', 'aria-description', 'title', 'placeholder', 'alt'])
      if (box.hasAttribute(name)) texts.push(box.getAttribute(name));
    for (const node of box.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
  }
  return [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
})()`;

/** Expects that a page in Portuguese, with data in Portuguese, shows nothing in English. */
export async function expectNoEnglish(page: Page, where: string): Promise<void> {
  const shown = await page.evaluate<string[]>(SHOWN);
  expect(shown.length, where).toBeGreaterThan(30);
  const words = shown.map((text) => text.replaceAll(ID, ''));
  const left = words.filter((text) => WORDS.test(text) || SENTENCES.some((sentence) => sentence.test(text)));
  expect(left, where).toEqual([]);
}

import { once } from './once.js';

/** @typedef {keyof typeof import('./en.js').en} TextKey */
/** @typedef {Record<TextKey, string>} Texts */
/**
 * @template T
 * @typedef {{ [K in keyof T]: K extends `${infer Base}.other` ? Base : never }[keyof T]} CountedKey
 */

/**
 * The language of the page and the locale of its numbers and times, by what the browser asks for: Portuguese where its
 * first language that we have is that, else English.
 * @param {readonly string[]} wanted as in `navigator.languages`
 * @returns {{ language: 'en' | 'pt-BR', locale: string }}
 */
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    if (/^pt\b/i.test(tag)) return { language: 'pt-BR', locale: 'pt-BR' };
    if (/^en\b/i.test(tag) && isLocale(tag)) return { language: 'en', locale: tag };
  }
  return { language: 'en', locale: 'en' };
}

/** @param {string} tag */
function isLocale(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/**
 * Fetches the texts of a language, and of no other.
 * @param {'en' | 'pt-BR'} language
 * @returns {Promise<Texts>}
 */
export async function loadTexts(language) {
  return language === 'pt-BR' ? (await import('./pt-br.js')).ptBr : (await import('./en.js')).en;
}

/**
 * What finds texts and fills them in.
 * @template {Record<string, string>} T
 * @param {T} texts
 * @param {string} locale
 */
export function createText(texts, locale) {
  const plurals = once(() => new Intl.PluralRules(locale));
  const numbers = once(() => new Intl.NumberFormat(locale));
  /**
   * @param {keyof T & string} key
   * @param {Record<string, string | number>} [values]
   */
  const text = (key, values = {}) =>
    (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, /** @type {string} */ name) => String(values[name] ?? whole));
  return {
    text,
    /**
     * The form for a number, which `{n}` stands for. Forms are `one` and `other`; "many" of Portuguese is as `other`.
     * @param {CountedKey<T>} key
     * @param {number} n
     */
    count: (key, n) => {
      const form = `${key}.${plurals().select(n) === 'one' ? 'one' : 'other'}`;
      return text(form, { n: numbers().format(n) });
    },
    /**
     * The text of a key that may not be there, such as that of a reason that is newer than this page.
     * @param {string} key
     * @param {string} otherwise
     */
    known: (key, otherwise) => (Object.hasOwn(texts, key) ? (texts[key] ?? otherwise) : otherwise),
  };
}
/** @typedef {ReturnType<typeof createText<Texts>>} Text */

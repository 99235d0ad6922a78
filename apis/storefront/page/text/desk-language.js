import { loadTexts } from './language.js';

/** @typedef {import('./language.js').Texts & Record<keyof typeof import('./desk-en.js').deskEn, string>} DeskTexts */
/** @typedef {keyof DeskTexts & string} DeskTextKey */
/** @typedef {ReturnType<typeof import('./language.js').createText<DeskTexts>>} DeskText */

/**
 * The texts of the desk, which are those of the storefront's page and its own.
 * @param {'en' | 'pt-BR'} language
 * @returns {Promise<DeskTexts>}
 */
export async function loadDeskTexts(language) {
  const [shared, own] = await Promise.all([
    loadTexts(language),
    language === 'pt-BR'
      ? import('./desk-pt-br.js').then(({ deskPtBr }) => deskPtBr)
      : import('./desk-en.js').then(({ deskEn }) => deskEn),
  ]);
  return { ...shared, ...own };
}

import { deskEn } from './desk-en.js';
import { loadTexts } from './language.js';

/** @typedef {import('./language.js').Texts & Record<keyof typeof deskEn, string>} DeskTexts */
/** @typedef {keyof DeskTexts & string} DeskTextKey */
/** @typedef {ReturnType<typeof import('./language.js').createText<DeskTexts>>} DeskText */

/**
 * The texts of the desk, which are those of the storefront's page and its own.
 * @param {'en' | 'pt-BR'} language
 * @returns {Promise<DeskTexts>}
 */
export async function loadDeskTexts(language) {
  const own = language === 'pt-BR' ? (await import('./desk-pt-br.js')).deskPtBr : deskEn;
  return { ...(await loadTexts(language)), ...own };
}

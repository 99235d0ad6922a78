import { byId, iconAddress, setAttribute } from './element.js';
import { recall, remember } from './remembered.js';

/** @import { Text } from '../text/language.js' */

const THEMES = /** @type {const} */ (['auto', 'light', 'dark']);
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };

/**
 * The switch between the system's colours, light and dark. `before-all.js` sets a kept choice before the first paint.
 * @param {Text} text
 */
export function startTheme({ text }) {
  const button = byId('theme-switch');
  const kept = recall('theme');
  let theme = THEMES.find((known) => known === kept) ?? 'auto';

  function show() {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    setAttribute(button, 'aria-label', text(`theme.${theme}`));
    setAttribute(button, 'title', text(`theme.${theme}`));
    button.querySelector('use')?.setAttribute('href', iconAddress(ICONS[theme]));
  }

  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    remember('theme', theme);
    show();
  });
  show();
}

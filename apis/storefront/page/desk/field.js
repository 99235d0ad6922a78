import { element, setAttribute, setText } from '../view/element.js';

let made = 0;

/**
 * An input with its label, a hint, and what is wrong with it, which a screen reader says with it.
 * @template {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Input
 * @param {string} label
 * @param {Input} input
 * @param {{ hint?: string, unit?: string }} [more]
 */
export function createField(label, input, { hint, unit } = {}) {
  made += 1;
  const id = `field-${made}`;
  const hintLine = hint === undefined ? undefined : element('p', { class: 'field-hint', id: `${id}-hint` }, hint);
  const fault = element('p', { class: 'field-fault', id: `${id}-fault` });
  input.id = id;
  const described = [hintLine?.id, fault.id].filter((part) => part !== undefined).join(' ');
  input.setAttribute('aria-describedby', described);
  const box = unit === undefined ? input : element('span', { class: 'field-box' }, input, element('span', {}, unit));
  return {
    field: element('div', { class: 'field' }, element('label', { for: id }, label), box, hintLine, fault),
    input,
    /**
     * Says what is wrong; nothing by an empty text.
     * @param {string} said
     */
    refuse(said) {
      setText(fault, said);
      setAttribute(input, 'aria-invalid', said === '' ? undefined : 'true');
    },
    isRefused: () => fault.textContent !== '',
  };
}

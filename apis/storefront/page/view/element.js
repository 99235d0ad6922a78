/**
 * Makes elements. Texts only ever become text nodes: nothing in this page turns data into markup, whatever it says.
 */
const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean | undefined>} Attributes */
/** @typedef {Node | string | undefined} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes] true is set without a value, false and undefined are left out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  return fill(/** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(SVG, tag)), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '');
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/**
 * Where an icon is drawn.
 * @param {string} name
 */
export const iconAddress = (name) => `/icons.svg#${name}`;

/**
 * An icon of `icons.svg`; it says nothing by itself.
 * @param {string} name
 */
export const icon = (name) =>
  svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: iconAddress(name) }));

/**
 * A text of unknown direction, isolated from what is around it.
 * @param {string} text
 * @param {string} [className]
 */
export const foreignText = (text, className) => element('bdi', { dir: 'auto', class: className }, text);

/**
 * Sets a text where it is another, so that nothing is laid out anew in vain.
 * @param {Element} target
 * @param {string} text
 * @returns {boolean} whether it was another
 */
export function setText(target, text) {
  if (target.textContent === text) return false;
  target.textContent = text;
  return true;
}

/**
 * Sets or takes away an attribute, where it is another.
 * @param {Element} target
 * @param {string} name
 * @param {string | undefined} value
 */
export function setAttribute(target, name, value) {
  if (value === undefined) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/**
 * An element of the markup. Throws where it is missing, which is a fault of the page.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @returns {E}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return /** @type {E} */ (found);
}

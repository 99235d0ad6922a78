/**
 * What every part of the desk is given: texts and formats, what time it is, who is logged in, and what to do about it.
 * @typedef {object} DeskContext
 * @property {import('../text/desk-language.js').DeskText} text
 * @property {import('../text/formats.js').Formats} formats
 * @property {import('../view/server-clock.js').ServerClock} clock
 * @property {(callback: () => void) => void} everySecond while the page is seen
 * @property {import('./session.js').DeskSession} session
 * @property {<Answer>(send: () => Promise<Answer>) => Promise<Answer>} asOperator sends; where nobody is logged in any
 *   more, asks for the login and sends again. Rejects as `send` does.
 * @property {() => void} openLogin
 * @property {ReturnType<typeof import('./on-demand.js').createOnDemand>} onDemand
 * @property {(said: string) => void} announce to a screen reader
 */
export {};

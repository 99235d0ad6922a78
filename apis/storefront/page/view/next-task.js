/**
 * Gives the browser the thread, for what the reader does meanwhile, and resolves when it comes back. At once where the page
 * is hidden: nobody does anything there, and its timers are held back for a second.
 */
export const nextTask = () =>
  /** @type {Promise<void>} */ (new Promise((resolve) => (document.hidden ? resolve() : setTimeout(resolve))));

/** Gives the browser the thread, for what the reader does meanwhile, and resolves when it comes back. */
export const nextTask = () => /** @type {Promise<void>} */ (new Promise((resolve) => setTimeout(resolve)));

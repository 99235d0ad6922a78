import { compileProgram } from './compile-program.ts';

const features = process.features as { typescript?: string | false };

/**
 * What Node is given before a program of ours: newer ones keep a young generation of up to 100 MB, of which a steady stream
 * of small messages has no use.
 */
export const NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=16'];

/** Where the packages belong to somebody else, or lie on a disk that is read-only or full. */
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC'];

/**
 * The arguments with which Node runs a TypeScript program of ours, named by its path from the root. From 22.18 on it runs
 * the file by itself (early versions warned of that). For an older one it is compiled, which takes a tenth of a second and
 * spares each start the second that a loader takes, and each process the memory of it; the loader runs it where the result
 * cannot be kept. Rejects where the program cannot be compiled.
 */
export async function nodeProgram(main: string): Promise<string[]> {
  if (features.typescript) return [...NODE_OPTIONS, '--disable-warning=ExperimentalWarning', main];
  try {
    return [...NODE_OPTIONS, '--enable-source-maps', await compileProgram(main)];
  } catch (error) {
    if (!NOT_WRITABLE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return [...NODE_OPTIONS, '--import', 'tsx', main];
  }
}

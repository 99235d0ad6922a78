/**
 * Writes `items`, and where one of them makes the call fail, halves it until that one stands alone: its neighbours are
 * written, in their order. `refusalOf` tells from the error of a call why an item was refused; undefined means that none is at
 * fault, and the error is thrown on.
 */
export async function isolateRefused<T>(
  items: readonly T[],
  write: (items: readonly T[]) => Promise<void>,
  refusalOf: (error: unknown, items: readonly T[]) => string | undefined,
): Promise<{ item: T; reason: string }[]> {
  const [first] = items;
  if (first === undefined) return [];
  try {
    await write(items);
    return [];
  } catch (error) {
    const reason = refusalOf(error, items);
    if (reason === undefined) throw error;
    if (items.length === 1) return [{ item: first, reason }];
    const middle = Math.ceil(items.length / 2);
    const refusedBefore = await isolateRefused(items.slice(0, middle), write, refusalOf);
    const refusedAfter = await isolateRefused(items.slice(middle), write, refusalOf);
    return [...refusedBefore, ...refusedAfter];
  }
}

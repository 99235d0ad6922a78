/**
 * Notices that something hangs: calls back, once, where no sign comes in time. Nothing is watched before the first
 * `expect`, nor after `stop`.
 */
export function createSilenceWatch(onSilence: () => void) {
  let timer: NodeJS.Timeout | undefined;
  return {
    /** There was a sign; the next one has to come within so many milliseconds. */
    expect(milliseconds: number): void {
      clearTimeout(timer);
      timer = setTimeout(onSilence, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}

/**
 * The demonstration's failures: at which attempt the processing of a row will succeed. 1 to `maxAttempts` where its
 * security check passed, `maxAttempts + 1`, so never, where it did not. Drawn from a hash of the message id, so a row
 * that is published again asks for the same. A real system has no such file: its rows fail by themselves.
 */
export function processingTimes(
  row: { messageId: string; securityCheck: boolean },
  simulation: { enabled: boolean; maxAttempts: number },
): number {
  if (!simulation.enabled) return 1;
  if (!row.securityCheck) return simulation.maxAttempts + 1;
  return 1 + (fnv1a(row.messageId) % simulation.maxAttempts);
}

/** FNV-1a, 32 bits: even enough for a demonstration, and 20 times as fast as a cryptographic hash. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

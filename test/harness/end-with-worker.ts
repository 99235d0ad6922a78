/**
 * Makes a signal end this process as `process.exit` does. A test worker is ended by SIGTERM, also when its tests ran into
 * their time limit, and the set-up by Ctrl-C: the servers and processes that they started are to end with them.
 */
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.once(signal, () => process.exit(128 + number));
}

/** A way in which retries wait, on a series of RabbitMQ. */
export interface Ground {
  transport: 'ttl' | 'plugin' | 'native';
  series: string;
}
export type TransportName = Ground['transport'];

/** On what the faults are tried. The first takes those for which the transport makes no difference, too. */
export const GROUNDS: readonly Ground[] = [
  { transport: 'ttl', series: '3.10' },
  { transport: 'plugin', series: '3.10' },
  { transport: 'ttl', series: '4.0' },
  { transport: 'ttl', series: '4.3' },
  { transport: 'native', series: '4.3' },
];

/** Whether a fault is tried on a ground: on the first one all are, on the others those for which the ground makes a difference. */
export const isTriedOn = (
  { differs }: { differs: boolean },
  { transport, series }: Ground,
  first = GROUNDS[0],
): boolean => differs || (transport === first?.transport && series === first.series);

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What a storefront measures of its own work. */
export function createStorefrontMetrics(registry: Registry) {
  const registers = [registry];
  const metrics = {
    clients: new Gauge({ name: 'storefront_clients', help: 'Clients of the feed that are connected.', registers }),
    frames: new Counter({ name: 'storefront_frames_total', help: 'Frames made, whoever got them.', registers }),
    sent: new Counter({ name: 'storefront_frames_sent_total', help: 'Frames sent, to all clients.', registers }),
    answers: new Counter({
      name: 'storefront_hellos_total',
      help: 'Clients that said hello, by what they were answered: resumed, or why they got a snapshot.',
      labelNames: ['kind'],
      registers,
    }),
    dropped: new Counter({
      name: 'storefront_clients_dropped_total',
      help: 'Clients dropped: too_slow reads slower than the feed flows, no_pong does not answer.',
      labelNames: ['why'],
      registers,
    }),
    refused: new Counter({
      name: 'storefront_refused_total',
      help: 'Connections and frames refused: origin, too_many, bad_frame.',
      labelNames: ['why'],
      registers,
    }),
    attempts: new Counter({
      name: 'storefront_attempts_total',
      help: 'Attempts that the broker told of.',
      registers,
    }),
    unreadable: new Counter({
      name: 'storefront_unreadable_messages_total',
      help: 'Messages of exchange attempts that are no attempt records.',
      registers,
    }),
    endputAway: new Gauge({
      name: 'storefront_endput_away',
      help: '1 while endput does not answer, so that totals and products stand still, else 0.',
      registers,
    }),
    brokerAway: new Gauge({
      name: 'storefront_broker_away',
      help: '1 while the broker does not answer, so that no attempts are seen, else 0.',
      registers,
    }),
    counted: new Counter({
      name: 'storefront_counted_rows_total',
      help: 'Rows of endput that this copy has added to the totals.',
      registers,
    }),
    countSeconds: new Histogram({
      name: 'storefront_count_seconds',
      help: 'How long adding a page of rows to the totals took.',
      buckets: [0.002, 0.01, 0.05, 0.2, 1, 5, 30],
      registers,
    }),
    deskActive: new Gauge({
      name: 'storefront_desk_operations',
      help: 'Operations of the dead-letter desk about which something is left to do, outcomes included.',
      registers,
    }),
    deskSent: new Counter({
      name: 'storefront_desk_letters_total',
      help: 'Dead letters that this copy redrove, edited, restored or discarded, confirmed.',
      labelNames: ['kind'],
      registers,
    }),
    deskWaits: new Counter({
      name: 'storefront_desk_waits_total',
      help: 'How often an operation or a sweep had to wait because broker or endput were away.',
      registers,
    }),
    sweptLetters: new Counter({
      name: 'storefront_swept_letters_total',
      help: 'Messages of dlq_queue by what this copy did with them in sweeps: stale taken out, kept, unknown kept, published.',
      labelNames: ['what'],
      registers,
    }),
    lostRedrives: new Counter({
      name: 'storefront_lost_redrives_total',
      help: 'Redriven messages that were lost and published again.',
      registers,
    }),
  };
  // A series that begins with its first event would hide that event from rate() and increase().
  for (const kind of ['first', 'resumed', 'other_copy', 'missed_too_much']) metrics.answers.inc({ kind }, 0);
  for (const why of ['too_slow', 'no_pong']) metrics.dropped.inc({ why }, 0);
  for (const why of ['origin', 'too_many', 'bad_frame']) metrics.refused.inc({ why }, 0);
  for (const kind of ['redrive', 'edit', 'discard', 'restore']) metrics.deskSent.inc({ kind }, 0);
  for (const what of ['stale', 'kept', 'unknown', 'published']) metrics.sweptLetters.inc({ what }, 0);
  return metrics;
}
export type StorefrontMetrics = ReturnType<typeof createStorefrontMetrics>;

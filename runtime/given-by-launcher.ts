/**
 * Settings that `local/` and docker-compose.yml give to the processes they start, because they run the servers too; what the
 * user's environment says about them has no effect there. They are for deployments of one's own.
 */
export const GIVEN_BY_LAUNCHER = [
  'SYSTEM',
  'HTTP_PORT',
  'SOURCE_DATABASE_URL',
  'REDIS_URL',
  'RABBITMQ_URL',
  'RABBITMQ_MANAGEMENT_URL',
  'QUEUE_MEMBERS',
  'CONSUMER_HTTP_PORT',
  'ENDPUT_DATABASE_URL',
  'STOREFRONT_HTTP_PORT',
] as const;

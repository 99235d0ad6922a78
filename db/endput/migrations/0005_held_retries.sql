-- Up Migration
-- Transport native: the broker holds the delivery itself, and its header keeps naming an earlier attempt. The column is the
-- broker's count of its earlier deliveries when it was given back to wait: as long as that has not risen, nothing happened
-- to it but the waiting. Null where the retry was published as a message of its own.
alter table retries add column held_deliveries integer check (held_deliveries >= 0);

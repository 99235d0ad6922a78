-- Up Migration
-- Who this database is. `namespace` is that of its message ids; it travels with a dump, so a restored row keeps its id
-- and a consumer recognises the copy. `system_identifier` is that of the cluster in which the xids of `orders` were
-- given: another one means that the database was restored elsewhere and its xids mean nothing there.
create table source_identity (
  single            boolean primary key default true check (single),
  namespace         uuid not null,
  system_identifier bigint not null
);
insert into source_identity (namespace, system_identifier)
select gen_random_uuid(), system_identifier from pg_control_system();

-- Parts of the bodies of long records on their way up (src-shared/contract/body-parts.ts): each device's own, until their row is taken. In no backup.
create table body_part (
  device uuid not null references device,
  sha bytea not null check (octet_length(sha) = 32),
  part smallint not null check (part >= 0),
  bytes bytea not null check (octet_length(bytes) between 1 and 4096),
  at timestamptz not null default clock_timestamp(),
  primary key (device, sha, part)
);
alter table body_part alter column bytes set storage external;
create index body_part_at on body_part (at);

alter table body_part enable row level security;
alter table body_part force row level security;
create policy owner_all on body_part to current_user using (true) with check (true);
create policy app_own on body_part to hub_app using (device = (select ctx_device())) with check (device = (select ctx_device()));
grant select, insert, delete on body_part to hub_app;

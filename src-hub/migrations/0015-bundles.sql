-- The newest bundle that was read of each device: an older one is refused, because the newer holds all of it. Read and written by administration only.
create table bundle_read (
  device uuid primary key references device,
  seq bigint not null,
  bundle uuid not null,
  read_at timestamptz not null default now()
);
alter table bundle_read enable row level security;
alter table bundle_read force row level security;
create policy owner_all on bundle_read to current_user using (true) with check (true);

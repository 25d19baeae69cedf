-- Tables of the hub. Every content column holds ciphertext or public keys; the hub can open none of it.

-- One row. `epoch` is part of every cursor; it changes after a restore, so that devices start from the beginning.
create table hub_meta (
  only_row boolean primary key default true check (only_row),
  epoch uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now()
);
insert into hub_meta default values;

create table unit (
  id text primary key check (id ~ '^[a-z0-9-]{2,40}$'),
  country text not null check (country ~ '^[A-Z]{2}$'),
  kind text not null check (kind in ('unit', 'ncb', 'desk')),
  name text not null,
  box_key bytea check (octet_length(box_key) = 32),
  created_at timestamptz not null default now()
);

create table device (
  id uuid primary key,
  unit text not null references unit,
  role text not null check (role in ('officer', 'ncb')),
  sign_key bytea not null check (octet_length(sign_key) = 32),
  box_key bytea not null check (octet_length(box_key) = 32),
  fingerprint text not null unique,
  admitted boolean not null default false,
  enrolled_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index device_unit on device (unit);

create table enrol_code (
  secret_hash bytea primary key,
  unit text not null references unit,
  role text not null check (role in ('officer', 'ncb')),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table bucket (
  id text primary key,
  kind text not null check (kind in ('unit', 'country', 'taskforce', 'community')),
  name text not null
);
insert into bucket (id, kind, name) values ('community', 'community', '');

create table member (
  unit text not null references unit,
  bucket text not null references bucket,
  primary key (unit, bucket)
);
create index member_bucket on member (bucket, unit);

-- The key is (id, owner), not id: the id space belongs to each owner, so pushing an id that another tenant uses
-- behaves exactly like pushing a fresh one. Where a reader may see two rows of one id, the older one (`seq`) counts.
create sequence record_seq;
create table records (
  id uuid not null,
  owner text not null,
  seq bigint not null default nextval('record_seq'),
  entity text not null,
  audience text[] not null,
  tlp text not null,
  rev text not null,
  deleted boolean not null,
  author uuid not null,
  ref text not null,
  body bytea not null,
  body_sha bytea not null,
  wraps bytea not null,
  sig bytea not null,
  primary key (id, owner)
);
alter table records alter column body set storage external;
create index records_audience on records using gin (audience);

-- Compacted change feed: one row per bucket and record, at its latest change.
create sequence feed_pos;
create table feed (
  bucket text not null,
  record_id uuid not null,
  pos bigint not null,
  xid xid8 not null default pg_current_xact_id(),
  primary key (bucket, record_id)
) with (fillfactor = 85);
create index feed_cursor on feed (bucket, xid, pos);

-- Signed claims, kept also when the record that carried them is deleted. Like records, an id belongs to its unit.
create table release (
  record_id uuid not null,
  unit text not null,
  signer uuid not null references device,
  target uuid not null,
  target_owner text not null,
  claim jsonb not null,
  signature text not null,
  stored_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (record_id, unit)
);
create index release_target on release (target, target_owner);

create table mandate (
  record_id uuid not null,
  unit text not null,
  signer uuid not null references device,
  bucket text not null references bucket,
  claim jsonb not null,
  signature text not null,
  stored_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (record_id, unit)
);
create index mandate_bucket on mandate (bucket);

create table admission (
  device uuid primary key references device,
  wrapped bytea not null,
  admitted_by uuid not null references device,
  stored_at timestamptz not null default now()
);

create table bucket_key (
  bucket text not null references bucket,
  epoch integer not null check (epoch >= 1),
  unit text not null references unit,
  wrapped bytea not null,
  made_by uuid not null references device,
  primary key (bucket, epoch, unit)
);

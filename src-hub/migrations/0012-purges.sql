-- What a device says it removed, signed by it, for the unit that owns the record; and how far each device has been delivered to.

create table purge (
  record_id uuid not null,
  owner text not null,
  unit text not null references unit,
  device uuid not null references device,
  -- Empty where the device held no version.
  rev text not null,
  at text not null,
  sig bytea not null,
  stored_at timestamptz not null default now(),
  primary key (record_id, owner, device, rev)
);
create index purge_owner on purge (owner, record_id);
create table delivery (
  device uuid primary key references device,
  -- Newest record there was when the device last got a page.
  seq bigint not null,
  at timestamptz not null
);
do $$ declare t text; begin
  foreach t in array array['purge', 'delivery'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
create policy app_read on purge for select to hub_app using (owner = (select ctx_unit()));
grant select on purge to hub_app;

create function hub_delivered() returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into delivery (device, seq, at) select ctx_device(), s.last_value, now() from record_seq s where ctx_device() is not null
  on conflict (device) do update set seq = excluded.seq, at = excluded.at
$$;

-- Units that could read a record once and no longer may; of a deleted one all but its owner's.
create function purge_units(rec uuid, own text) returns setof text
language sql stable set search_path = public, pg_temp as $$
  select distinct m.unit from records r join feed f on f.record_id = r.id join member m on m.bucket = f.bucket
  where r.id = rec and r.owner = own and m.unit <> own
    and (r.deleted or not exists (select 1 from member n where n.unit = m.unit and n.bucket = any(r.audience)))
$$;

-- Stores a receipt where the calling unit had the record and has lost it; says nothing either way.
create function hub_purged(rec uuid, version text, moment text, signature bytea) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into purge (record_id, owner, unit, device, rev, at, sig)
  select r.id, r.owner, ctx_unit(), ctx_device(), version, moment, signature from records r
  where r.id = rec and ctx_unit() in (select purge_units(r.id, r.owner)) on conflict do nothing
$$;

-- Per unit that must have removed a record of the caller's unit: devices it was or may have been delivered to.
create function hub_purge_units(rec uuid) returns table (unit text, device uuid, revoked boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.unit, d.id, d.revoked_at is not null from records r cross join purge_units(r.id, r.owner) p(unit) join device d on d.unit = p.unit left join delivery v on v.device = d.id
  where r.id = rec and r.owner = ctx_unit() and (v.seq >= r.seq or (d.revoked_at is null and v.seq is not null))
$$;

revoke execute on all functions in schema public from public;
grant execute on function hub_delivered(), hub_purged(uuid, text, text, bytea), hub_purge_units(uuid) to hub_app;

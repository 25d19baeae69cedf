-- Keys that follow one another. A unit's secret and a bucket's key have epochs; what somebody may hold who should not is replaced by the next one.

alter table unit add column key_epoch integer not null default 0;
update unit set key_epoch = 1 where box_key is not null;
-- The newest secret of its unit a device was given, and what it published to prove that it holds it.
alter table device add column secret_epoch integer not null default 0;
alter table device add column holder bytea check (octet_length(holder) = 32);
update device set secret_epoch = 1 where admitted;
-- The epoch of the unit's key a bucket key is sealed to.
alter table bucket_key add column unit_epoch integer not null default 1;

create table unit_key (
  unit text not null references unit,
  epoch integer not null check (epoch >= 2),
  box_key bytea not null check (octet_length(box_key) = 32),
  maker uuid not null references device,
  sig bytea not null,
  primary key (unit, epoch)
);
create table unit_key_proof (
  unit text not null,
  epoch integer not null,
  for_unit text not null references unit,
  proof bytea not null,
  primary key (unit, epoch, for_unit),
  foreign key (unit, epoch) references unit_key
);
create table unit_secret (
  device uuid not null references device,
  epoch integer not null,
  wrapped bytea not null,
  primary key (device, epoch)
);

do $$ declare t text; begin
  foreach t in array array['unit_key', 'unit_key_proof', 'unit_secret'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
create policy app_read on unit_key for select to hub_app using ((select ctx_unit()) is not null);
create policy app_read on unit_key_proof for select to hub_app using (for_unit = (select ctx_unit()));
create policy app_read on unit_secret for select to hub_app using (device = (select ctx_device()));
grant select on unit_key, unit_key_proof, unit_secret to hub_app;

-- Publishes the public key of the own unit once, and marks the device that did as holder of the secret.
create or replace function hub_publish_unit_key(key bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update unit set box_key = key, key_epoch = 1 where id = ctx_unit() and box_key is null;
  if not found then return false; end if;
  update device set admitted = true, secret_epoch = 1 where id = ctx_device();
  return true;
end $$;

-- Stores the unit's secrets wrapped to a device of the own unit; only a holder of the newest can, and only for a device that waits.
create or replace function hub_admit(dev uuid, secret bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare held integer;
begin
  select d.secret_epoch into held from device d join unit u on u.id = d.unit where d.id = ctx_device() and d.admitted and d.secret_epoch = u.key_epoch;
  if held is null then return false; end if;
  perform 1 from device d where d.id = dev and d.unit = ctx_unit() and d.revoked_at is null;
  if not found then return false; end if;
  update device set admitted = true, secret_epoch = held, holder = null where id = dev and not admitted;
  if not found then return true; end if;
  insert into admission (device, wrapped, admitted_by) values (dev, secret, ctx_device())
    on conflict (device) do update set wrapped = excluded.wrapped, admitted_by = excluded.admitted_by, stored_at = now();
  return true;
end $$;

-- A device's proof that it holds the newest secret.
create function hub_hold(held integer, proof bytea) returns void
language sql security definer set search_path = public, pg_temp as $$
  update device d set holder = proof from unit u where d.id = ctx_device() and u.id = d.unit and d.secret_epoch = held and u.key_epoch = held
$$;

-- The own unit's next secret, because a revoked device holds the newest. The first that comes wins; a device left out waits to be admitted again.
create function hub_rotate_unit(next integer, key bytea, signature bytea, devices uuid[], wraps bytea[], readers text[], proofs bytea[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from unit u where u.id = ctx_unit() and u.key_epoch = next - 1 and u.key_epoch > 0 for update;
  if not found then return false; end if;
  perform 1 from device d where d.id = ctx_device() and d.admitted and d.secret_epoch = next - 1 and d.id = any(devices);
  if not found then return false; end if;
  perform 1 from device d where d.unit = ctx_unit() and d.revoked_at is not null and d.secret_epoch >= next - 1;
  if not found then return false; end if;
  perform 1 from unnest(devices) i(id) left join device d on d.id = i.id and d.unit = ctx_unit() and d.revoked_at is null and d.secret_epoch = next - 1 where d.id is null;
  if found then return false; end if;
  insert into unit_key (unit, epoch, box_key, maker, sig) values (ctx_unit(), next, key, ctx_device(), signature);
  insert into unit_key_proof (unit, epoch, for_unit, proof)
    select ctx_unit(), next, i.reader, i.proof from unnest(readers, proofs) i(reader, proof) join unit u on u.id = i.reader on conflict do nothing;
  insert into unit_secret (device, epoch, wrapped) select i.id, next, i.wrapped from unnest(devices, wraps) i(id, wrapped) on conflict do nothing;
  update device set secret_epoch = next where id = any(devices);
  update device set admitted = false where unit = ctx_unit() and revoked_at is null and not id = any(devices);
  update unit set box_key = key, key_epoch = next where id = ctx_unit();
  return true;
end $$;

-- Newest epoch of each bucket's key, and whether somebody may hold it who should not: of a unit's bucket a device that was revoked; of others a unit
-- that left, or a device that was revoked (once its unit has gone on to another secret: before, the next key could not be kept from it).
create function hub_key_state(buckets text[]) returns table (bucket text, newest integer, stale boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select n.bucket, n.newest, exists (
    select 1 from bucket_key k join unit u on u.id = k.unit
    where k.bucket = n.bucket and k.epoch = n.newest
      and (k.unit_epoch < u.key_epoch or not exists (select 1 from member m where m.unit = k.unit and m.bucket = k.bucket))
  )
  from (select k.bucket, max(k.epoch) newest from bucket_key k where k.bucket = any(buckets) group by k.bucket) n
  union all
  select 'u:' || u.id, u.key_epoch, exists (select 1 from device d where d.unit = u.id and d.revoked_at is not null and d.secret_epoch >= u.key_epoch)
  from unit u where u.key_epoch > 0 and 'u:' || u.id = any(buckets)
$$;

-- Members that have a key of their own and lack an epoch of a bucket's key.
create function hub_key_gaps(buckets text[]) returns table (bucket text, unit text, epochs integer[])
language sql stable security definer set search_path = public, pg_temp as $$
  select e.bucket, m.unit, array_agg(e.epoch order by e.epoch)
  from (select distinct k.bucket, k.epoch from bucket_key k where k.bucket = any(buckets)) e
    join member m on m.bucket = e.bucket join unit u on u.id = m.unit and u.box_key is not null
  where not exists (select 1 from bucket_key k where k.bucket = e.bucket and k.epoch = e.epoch and k.unit = m.unit)
  group by e.bucket, m.unit
$$;

-- Whoever stays in a bucket learns that its key must be replaced.
create function bucket_left() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_announce(array[old.bucket]);
  return null;
end $$;
create trigger member_left_wake after delete on member for each row execute function bucket_left();

revoke execute on all functions in schema public from public;
grant execute on function hub_publish_unit_key(bytea), hub_admit(uuid, bytea), hub_hold(integer, bytea), hub_key_state(text[]), hub_key_gaps(text[]),
  hub_rotate_unit(integer, bytea, bytea, uuid[], bytea[], text[], bytea[]) to hub_app;

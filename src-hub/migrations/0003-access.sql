-- Who may touch what. The service works as `hub_app`, which owns nothing; row-level security decides by settings of the
-- transaction that hub_enter derives from the device of the client certificate. Without them nothing is visible.

do $$ begin
  if not exists (select 1 from pg_roles where rolname = 'hub_app') then
    create role hub_app nologin nosuperuser nocreatedb nocreaterole;
  end if;
  if not (select rolsuper from pg_roles where rolname = current_user) then execute 'grant hub_app to current_user'; end if;
end $$;
grant usage on schema public to hub_app;
revoke execute on all functions in schema public from public;

create function ctx_unit() returns text language sql stable as $$ select nullif(current_setting('app.unit', true), '') $$;
create function ctx_device() returns uuid language sql stable as $$ select nullif(current_setting('app.device', true), '')::uuid $$;
create function ctx_buckets() returns text[] language sql stable as $$ select nullif(current_setting('app.buckets', true), '')::text[] $$;

-- The device behind a certificate, revoked or not; no row where the hub never issued it.
create function hub_authenticate(print text) returns table (id uuid, unit text, role text, country text, admitted boolean, revoked boolean, sign_key bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id, d.unit, d.role, u.country, d.admitted, d.revoked_at is not null, d.sign_key from device d join unit u on u.id = d.unit where d.fingerprint = print
$$;

-- Binds the transaction to a device that is not revoked; answers the buckets of its unit, or null.
create function hub_enter(dev uuid) returns text[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare u text; b text[];
begin
  select d.unit into u from device d where d.id = dev and d.revoked_at is null;
  if u is null then return null; end if;
  select coalesce(array_agg(m.bucket order by m.bucket), '{}') into b from member m where m.unit = u;
  perform set_config('app.device', dev::text, true), set_config('app.unit', u, true), set_config('app.buckets', b::text, true);
  return b;
end $$;

-- Spends an enrolment code and stores its device in one step; no row where the code is unknown, used or ended.
create function hub_redeem(hash bytea, dev uuid, sign bytea, box bytea, print text) returns table (unit text, role text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare u text; r text;
begin
  if exists (select 1 from device d where d.id = dev) then return; end if;
  update enrol_code c set used_at = now() where c.secret_hash = hash and c.used_at is null and c.expires_at > now() returning c.unit, c.role into u, r;
  if u is null then return; end if;
  insert into device (id, unit, role, sign_key, box_key, fingerprint) values (dev, u, r, sign, box, print);
  return query select u, r;
end $$;

-- Whether a code could still be spent; asked before a certificate is made.
create function hub_code_open(hash bytea) returns table (unit text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.unit from enrol_code c where c.secret_hash = hash and c.used_at is null and c.expires_at > now()
$$;

-- Countries of buckets, also of ones the caller is no member of: asked only for buckets of a record it may see.
create function hub_countries(buckets text[]) returns table (bucket text, countries text[])
language sql stable security definer set search_path = public, pg_temp as $$
  select m.bucket, array_agg(distinct u.country) from member m join unit u on u.id = m.unit where m.bucket = any(buckets) group by m.bucket
$$;

-- Records of the own unit that its buckets no longer reach (a taskforce it left). Never tells anything of another owner.
create function hub_own_hidden(ids uuid[]) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id from records r where r.id = any(ids) and r.owner = ctx_unit() and not r.audience && ctx_buckets()
$$;

-- Units of buckets, for waking their streams.
create function hub_units_of(buckets text[]) returns setof text
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct m.unit from member m where m.bucket = any(buckets)
$$;

-- Publishes the public key of the own unit once, and marks the device that did as holder of the secret.
create function hub_publish_unit_key(key bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update unit set box_key = key where id = ctx_unit() and box_key is null;
  if not found then return false; end if;
  update device set admitted = true where id = ctx_device();
  return true;
end $$;

-- Stores the unit secret wrapped to a device of the own unit; only a holder of the secret can, and only once a device.
create function hub_admit(dev uuid, secret bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from device d where d.id = ctx_device() and d.admitted;
  if not found then return false; end if;
  perform 1 from device d where d.id = dev and d.unit = ctx_unit() and d.revoked_at is null;
  if not found then return false; end if;
  insert into admission (device, wrapped, admitted_by) values (dev, secret, ctx_device()) on conflict do nothing;
  update device set admitted = true where id = dev;
  return true;
end $$;

-- Next page of the feed of a device's buckets. Hidden records come without `rev` (tombstones). Only transactions below the
-- snapshot's oldest running one are delivered, so a cursor never skips. min(pos), not max: max would skip rows.
-- `waiting` counts the rows found before the byte cap cut the page.
create function hub_pull(after_xid xid8, after_pos bigint, page integer, max_bytes bigint)
returns table (xid text, pos text, id uuid, owner text, entity text, audience text[], tlp text, rev text, deleted boolean, author uuid, ref text,
  body bytea, wraps bytea, sig bytea, waiting bigint)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare b text[] := ctx_buckets(); horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
  return query
  select s.xid::text, s.pos::text, s.record_id, s.owner, s.entity, s.audience, s.tlp, s.rev, s.deleted, s.author, s.ref, s.body, s.wraps, s.sig, s.waiting
  from (
    select f.xid, f.pos, f.record_id, r.owner, r.entity, r.audience, r.tlp, r.rev, r.deleted, r.author, r.ref, r.body, r.wraps, r.sig,
      count(*) over () waiting,
      sum(coalesce(octet_length(r.body), 0)) over (order by f.xid, f.pos) - coalesce(octet_length(r.body), 0) bytes_before
    from (
      select * from (
        select distinct on (x.record_id) x.xid, x.pos, x.record_id from unnest(b) bb cross join lateral (
          select f.xid, f.pos, f.record_id from feed f
          where f.bucket = bb and (f.xid, f.pos) > (after_xid, after_pos) and f.xid < horizon order by f.xid, f.pos limit page
        ) x order by x.record_id, x.xid, x.pos
      ) y order by y.xid, y.pos limit page
    ) f left join lateral (select * from records c where c.id = f.record_id order by c.seq limit 1) r on true
  ) s where s.bytes_before < max_bytes order by s.xid, s.pos;
end $$;

-- Row-level security. The owner's policies are explicit because FORCE binds an owner that is not superuser.
do $$ declare t text; begin
  foreach t in array array['hub_meta','unit','device','enrol_code','bucket','member','records','feed','release','mandate','admission','bucket_key'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;

create policy app_read on hub_meta for select to hub_app using ((select ctx_unit()) is not null);
create policy app_read on unit for select to hub_app using ((select ctx_unit()) is not null);
create policy app_read on device for select to hub_app using ((select ctx_unit()) is not null);
create policy app_read on bucket for select to hub_app using ((select ctx_unit()) is not null and (kind <> 'taskforce' or id = any((select ctx_buckets())::text[])));
create policy app_read on member for select to hub_app using ((select ctx_unit()) is not null and (bucket not like 't:%' or bucket = any((select ctx_buckets())::text[])));
create policy app_read on records for select to hub_app using (audience && (select ctx_buckets()));
create policy app_add on records for insert to hub_app with check (owner = (select ctx_unit()) and author = (select ctx_device()) and audience && (select ctx_buckets()));
create policy app_edit on records for update to hub_app using (audience && (select ctx_buckets()));
create policy app_read on feed for select to hub_app using (bucket = any((select ctx_buckets())::text[]));
create policy app_read on release for select to hub_app using (unit = (select ctx_unit()) or exists (select 1 from records r where r.id = target and r.owner = target_owner));
create policy app_add on release for insert to hub_app with check (signer = (select ctx_device()) and unit = (select ctx_unit()));
create policy app_edit on release for update to hub_app using (unit = (select ctx_unit()));
create policy app_read on mandate for select to hub_app using (unit = (select ctx_unit()) or bucket = any((select ctx_buckets())::text[]));
create policy app_add on mandate for insert to hub_app with check (signer = (select ctx_device()) and unit = (select ctx_unit()) and bucket = any((select ctx_buckets())::text[]));
create policy app_edit on mandate for update to hub_app using (unit = (select ctx_unit()));
create policy app_read on admission for select to hub_app using (device = (select ctx_device()));
create policy app_read on bucket_key for select to hub_app using (bucket = any((select ctx_buckets())::text[]));
create policy app_add on bucket_key for insert to hub_app with check (made_by = (select ctx_device()) and bucket = any((select ctx_buckets())::text[]));

grant select on hub_meta, unit, device, bucket, member, records, feed, release, mandate, admission, bucket_key to hub_app;
grant insert, update on records to hub_app;
grant insert on release, mandate, bucket_key to hub_app;
grant update (withdrawn_at) on release, mandate to hub_app;
grant usage on sequence record_seq to hub_app;
revoke execute on all functions in schema public from public;
grant execute on function ctx_unit(), ctx_device(), ctx_buckets(), hub_authenticate(text), hub_enter(uuid), hub_redeem(bytea, uuid, bytea, bytea, text),
  hub_code_open(bytea), hub_countries(text[]), hub_own_hidden(uuid[]), hub_units_of(text[]), hub_publish_unit_key(bytea), hub_admit(uuid, bytea),
  hub_pull(xid8, bigint, integer, bigint) to hub_app;

-- The row of the self-test at start: nobody is a member of its bucket, so a service that sees it has no row-level security.
insert into records (id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig)
values ('00000000-0000-4000-8000-000000000000', 'hub-selftest', 'selftest', '{u:hub-selftest}', 'RED', 'selftest', true,
  '00000000-0000-4000-8000-000000000000', '', '', '', '', '');

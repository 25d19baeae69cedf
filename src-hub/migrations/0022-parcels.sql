-- Parcels: the texts of some records once more, compressed and sealed together by their author (src-shared/contract/parcel.ts). A copy for the line alone:
-- without them every record is there, so they are in no backup.
create table parcel (
  id uuid primary key,
  bucket text not null,
  rows smallint not null,
  content bytea not null
);
alter table parcel alter column content set storage external;
alter table records add column parcel uuid, add column parcel_at smallint;

alter table parcel enable row level security;
alter table parcel force row level security;
create policy owner_all on parcel to current_user using (true) with check (true);
create policy app_read on parcel for select to hub_app using (bucket = any((select ctx_buckets())::text[]));
create policy app_add on parcel for insert to hub_app with check (bucket = any((select ctx_buckets())::text[]));
grant select, insert on parcel to hub_app;

-- The first change of one of its records ends a parcel: what was deleted or taken back is handed out no more.
create or replace function records_updated() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from parcel p using stale o where p.id = o.parcel;
  perform feed_write(array_agg(n.id order by n.id), array_agg((n.audience || o.audience)::text order by n.id), array_agg(lane_of(n.entity) order by n.id),
    bool_and(n.author = ctx_device() and n.rev <> o.rev)) -- a release widens what somebody else wrote
    from fresh n join stale o on o.id = n.id and o.owner = n.owner;
  return null;
end $$;

-- hub_pull (0003) that also names the parcel of a record, its place in it and how many it has, and reckons with its share of it where parcels are asked for.
drop function hub_pull(xid8, bigint, integer, bigint);
create function hub_pull(after_xid xid8, after_pos bigint, page integer, max_bytes bigint, parcels boolean default false)
returns table (xid text, pos text, id uuid, owner text, entity text, audience text[], tlp text, rev text, deleted boolean, author uuid, ref text,
  body bytea, wraps bytea, sig bytea, waiting bigint, parcel uuid, parcel_at smallint, parcel_rows smallint)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare b text[] := ctx_buckets(); horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
  return query
  select s.xid::text, s.pos::text, s.record_id, s.owner, s.entity, s.audience, s.tlp, s.rev, s.deleted, s.author, s.ref, s.body, s.wraps, s.sig, s.waiting,
    s.parcel, s.parcel_at, s.parcel_rows
  from (
    select f.xid, f.pos, f.record_id, r.owner, r.entity, r.audience, r.tlp, r.rev, r.deleted, r.author, r.ref, r.body, r.wraps, r.sig,
      p.id parcel, r.parcel_at, p.rows parcel_rows,
      count(*) over () waiting,
      sum(w.bytes) over (order by f.xid, f.pos) - w.bytes bytes_before
    from (
      select * from (
        select distinct on (x.record_id) x.xid, x.pos, x.record_id from unnest(b) bb cross join lateral (
          select f.xid, f.pos, f.record_id from feed f
          where f.bucket = bb and (f.xid, f.pos) > (after_xid, after_pos) and f.xid < horizon order by f.xid, f.pos limit page
        ) x order by x.record_id, x.xid, x.pos
      ) y order by y.xid, y.pos limit page
    ) f left join lateral (select * from records c where c.id = f.record_id order by c.seq limit 1) r on true
      left join parcel p on parcels and p.id = r.parcel
      cross join lateral (select case when p.id is null then coalesce(octet_length(r.body), 0) else octet_length(p.content) / p.rows end bytes) w
  ) s where s.bytes_before < max_bytes order by s.xid, s.pos;
end $$;

revoke execute on all functions in schema public from public;
grant execute on function hub_pull(xid8, bigint, integer, bigint, boolean) to hub_app;

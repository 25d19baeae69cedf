-- Lanes: what is urgent can be pulled beside and ahead of the rest. Lower is more urgent; 2 and below has an index of its own.

-- The lane of an entity; test/hub/lanes.test.ts holds it to LANES and ENTITIES of src-shared/entities.ts.
create function lane_of(entity text) returns smallint language sql immutable as $$
  select (case entity when 'release' then 2 when 'receipt' then 2 when 'transfer' then 2 when 'intel' then 4 else 3 end)::smallint
$$;

alter table feed add column lane smallint not null default 3;
update feed f set lane = lane_of(r.entity) from records r where r.id = f.record_id and lane_of(r.entity) <> 3;
create index feed_urgent on feed (bucket, xid, pos) where lane <= 2;

-- Announces a change: 'records', 'urgent' where the urgent lane has it too, 'directory' where none of the records changed: what calls feed_announce
-- changed nothing but the directory and keys (0004). `maker` is the device that wrote all of it and knows it already.
create function feed_announce_as(buckets text[], kind text, maker uuid default null) returns void
language sql set search_path = public, pg_temp as $$
  select pg_notify('hub_wake', concat_ws(' ', pg_current_xact_id()::text, b, kind, maker::text)) from (select distinct unnest(buckets) b) x
$$;
create or replace function feed_announce(buckets text[]) returns void
language sql set search_path = public, pg_temp as $$ select feed_announce_as(buckets, 'directory') $$;

drop trigger records_inserted on records;
drop trigger records_updated on records;
drop function records_inserted();
drop function records_updated();
drop function feed_write(uuid[], text[]);

create function feed_write(ids uuid[], audiences text[], lanes smallint[], own boolean) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into feed (bucket, record_id, pos, lane)
    select distinct on (b, s.id) b, s.id, s.p, s.lane
    from (select i.id, i.audience::text[] audience, i.lane, nextval('feed_pos') p from unnest(ids, audiences, lanes) i(id, audience, lane)) s, unnest(s.audience) b
  on conflict (bucket, record_id) do update set pos = excluded.pos, xid = pg_current_xact_id(), lane = excluded.lane;
  perform feed_announce_as((select array_agg(distinct b) from unnest(audiences) a, unnest(a::text[]) b), case when (select min(l) from unnest(lanes) l) <= 2 then 'urgent' else 'records' end,
    case when own then ctx_device() end);
end $$;

create function records_inserted() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_write(array_agg(id order by id), array_agg(audience::text order by id), array_agg(lane_of(entity) order by id), bool_and(author = ctx_device())) from fresh;
  return null;
end $$;

create function records_updated() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_write(array_agg(n.id order by n.id), array_agg((n.audience || o.audience)::text order by n.id), array_agg(lane_of(n.entity) order by n.id),
    bool_and(n.author = ctx_device() and n.rev <> o.rev)) -- a release widens what somebody else wrote
    from fresh n join stale o on o.id = n.id and o.owner = n.owner;
  return null;
end $$;

create trigger records_inserted after insert on records
  referencing new table as fresh for each statement execute function records_inserted();
create trigger records_updated after update on records
  referencing new table as fresh old table as stale for each statement execute function records_updated();

create or replace function feed_touch(source text, target text) returns bigint
language plpgsql set search_path = public, pg_temp as $$
declare touched bigint;
begin
  insert into feed (bucket, record_id, pos, lane)
    select target, record_id, nextval('feed_pos'), lane from feed where bucket = source and bucket <> target
  on conflict (bucket, record_id) do update set pos = excluded.pos, xid = pg_current_xact_id();
  get diagnostics touched = row_count;
  perform feed_announce_as(array[target], 'urgent');
  perform feed_announce(array[target]);
  return touched;
end $$;

create or replace function feed_settle(source text) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  with gone as (
    delete from feed f where f.bucket = source and not exists (select 1 from records r where r.id = f.record_id and source = any(r.audience)) returning f.record_id, f.lane
  )
  insert into feed (bucket, record_id, pos, lane)
    select 'u:' || m.unit, g.record_id, nextval('feed_pos'), g.lane from gone g cross join member m where m.bucket = source and 'u:' || m.unit <> source
  on conflict (bucket, record_id) do update set pos = excluded.pos, xid = pg_current_xact_id();
end $$;

-- hub_pull (0003) over the urgent lanes alone: the same order, the same positions, the same horizon. A function of its own, because only a
-- constant in the condition lets the partial index serve it.
create function hub_pull_urgent(after_xid xid8, after_pos bigint, page integer, max_bytes bigint)
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
          where f.bucket = bb and f.lane <= 2 and (f.xid, f.pos) > (after_xid, after_pos) and f.xid < horizon order by f.xid, f.pos limit page
        ) x order by x.record_id, x.xid, x.pos
      ) y order by y.xid, y.pos limit page
    ) f left join lateral (select * from records c where c.id = f.record_id order by c.seq limit 1) r on true
  ) s where s.bytes_before < max_bytes order by s.xid, s.pos;
end $$;

revoke execute on all functions in schema public from public;
grant execute on function hub_pull_urgent(xid8, bigint, integer, bigint) to hub_app;

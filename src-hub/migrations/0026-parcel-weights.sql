-- hub_pull (0022) where a parcel that cannot be handed out whole, and so brings every body, weighs no less than a quarter of these: a page stays what a frame may hold.
create or replace function hub_pull(after_xid xid8, after_pos bigint, page integer, max_bytes bigint, parcels boolean default false)
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
      cross join lateral (select case when p.id is null then coalesce(octet_length(r.body), 0) else greatest(octet_length(p.content) / p.rows, octet_length(r.body) / 4) end bytes) w
  ) s where s.bytes_before < max_bytes order by s.xid, s.pos;
end $$;

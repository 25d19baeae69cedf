-- What waits behind a cursor, as hub_pull would hand it out: records and bytes of bodies, up to `most` records. For an officer who asks what the line will carry.
create function hub_waiting(after_xid xid8, after_pos bigint, most integer) returns table (records bigint, bytes bigint)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare b text[] := ctx_buckets(); horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
  return query
  select count(*), coalesce(sum(case when p.id is null then coalesce(octet_length(r.body), 0) else octet_length(p.content) / p.rows end), 0)::bigint
  from (
    select distinct x.record_id from unnest(b) bb cross join lateral (
      select f.record_id from feed f where f.bucket = bb and (f.xid, f.pos) > (after_xid, after_pos) and f.xid < horizon order by f.xid, f.pos limit most
    ) x limit most
  ) f left join lateral (select * from records c where c.id = f.record_id order by c.seq limit 1) r on true
    left join parcel p on p.id = r.parcel;
end $$;

revoke execute on all functions in schema public from public;
grant execute on function hub_waiting(xid8, bigint, integer) to hub_app;

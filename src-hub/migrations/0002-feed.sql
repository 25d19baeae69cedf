-- Every change of a record lands in the feed of its OLD and its NEW audience, so grant, revoke and delete are one mechanism.

-- Announces a change to every hub process; `xid` lets the listener wait until cursors may pass it.
create function feed_announce(buckets text[]) returns void
language sql set search_path = public, pg_temp as $$
  select pg_notify('hub_wake', pg_current_xact_id()::text || ' ' || b) from (select distinct unnest(buckets) b) x
$$;

create function feed_write(ids uuid[], audiences text[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into feed (bucket, record_id, pos)
    select distinct on (b, s.id) b, s.id, s.p
    from (select i.id, i.audience::text[] audience, nextval('feed_pos') p from unnest(ids, audiences) i(id, audience)) s, unnest(s.audience) b
  on conflict (bucket, record_id) do update set pos = excluded.pos, xid = pg_current_xact_id();
  perform feed_announce((select array_agg(distinct b) from unnest(audiences) a, unnest(a::text[]) b));
end $$;

create function records_inserted() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_write(array_agg(id order by id), array_agg(audience::text order by id)) from fresh;
  return null;
end $$;

create function records_updated() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_write(array_agg(n.id order by n.id), array_agg((n.audience || o.audience)::text order by n.id))
    from fresh n join stale o on o.id = n.id and o.owner = n.owner;
  return null;
end $$;

create trigger records_inserted after insert on records
  referencing new table as fresh for each statement execute function records_inserted();
create trigger records_updated after update on records
  referencing new table as fresh old table as stale for each statement execute function records_updated();

-- A change of membership touches every record of the bucket into the unit's own bucket: what the unit may now read arrives,
-- what it may no longer read arrives as a tombstone.
create function feed_touch(source text, target text) returns bigint
language plpgsql set search_path = public, pg_temp as $$
declare touched bigint;
begin
  insert into feed (bucket, record_id, pos)
    select target, record_id, nextval('feed_pos') from feed where bucket = source and bucket <> target
  on conflict (bucket, record_id) do update set pos = excluded.pos, xid = pg_current_xact_id();
  get diagnostics touched = row_count;
  perform feed_announce(array[target]);
  return touched;
end $$;

-- What left a bucket moves to the feeds of its members, so that whoever joins next learns no id of it.
create function feed_settle(source text) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  with gone as (
    delete from feed f where f.bucket = source and not exists (select 1 from records r where r.id = f.record_id and source = any(r.audience)) returning f.record_id
  )
  insert into feed (bucket, record_id, pos)
    select 'u:' || m.unit, g.record_id, nextval('feed_pos') from gone g cross join member m where m.bucket = source and 'u:' || m.unit <> source
  on conflict (bucket, record_id) do update set pos = excluded.pos, xid = pg_current_xact_id();
end $$;

-- Pushes hold this lock shared, changes of membership exclusively: nobody checks a border while it moves.
create function member_join(u text, b text) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7002);
  if exists (select 1 from member m where m.unit = u and m.bucket = b) then return; end if;
  perform feed_settle(b);
  insert into member (unit, bucket) values (u, b);
  perform feed_touch(b, 'u:' || u);
end $$;

create function member_leave(u text, b text) returns boolean
language plpgsql set search_path = public, pg_temp as $$
declare was boolean;
begin
  perform pg_advisory_xact_lock(7002);
  delete from member where unit = u and bucket = b;
  was := found;
  if was then perform feed_touch(b, 'u:' || u); end if;
  return was;
end $$;

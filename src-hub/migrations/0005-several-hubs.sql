-- What several hub processes over one database share.

-- Addresses of all hubs, `host:port`, as devices shall try them; empty where there is one hub only.
alter table hub_meta add column addresses text[] not null default '{}';
-- When the last backup was written, for the operator.
alter table hub_meta add column backup_at timestamptz;

-- Which of these devices are revoked: asked for open streams after a gap in the announcements.
create function hub_revoked_of(devices uuid[]) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id from device d where d.id = any(devices) and d.revoked_at is not null
$$;

-- After a restore or a promotion that may have lost writes. A new epoch makes every device start from the beginning; what is there now is moved
-- to the start of the feed (xid 0), which tells devices what comes from before. The xids of another cluster would hide rows for ever.
create function hub_mark_restored() returns uuid
language plpgsql set search_path = public, pg_temp as $$
declare e uuid;
begin
  update feed set xid = '0';
  perform setval('feed_pos', greatest((select coalesce(max(pos), 0) from feed) + 1, (select last_value from feed_pos)));
  perform setval('record_seq', greatest((select coalesce(max(seq), 0) from records) + 1, (select last_value from record_seq)));
  update hub_meta set epoch = gen_random_uuid() returning epoch into e;
  return e;
end $$;

revoke execute on function hub_revoked_of(uuid[]), hub_mark_restored() from public;
grant execute on function hub_revoked_of(uuid[]) to hub_app;

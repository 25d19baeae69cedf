-- What changed of the directory since a device was last told (access/directory.ts): a row says in which transaction it changed last.
alter table unit add column changed xid8 not null default pg_current_xact_id();
alter table device add column changed xid8 not null default pg_current_xact_id();
alter table bucket add column changed xid8 not null default pg_current_xact_id();
alter table bucket_key add column changed xid8 not null default pg_current_xact_id();
create index device_changed_at on device (changed);

create function note_change() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.changed := pg_current_xact_id();
  return new;
end $$;
create trigger unit_change before update on unit for each row execute function note_change();
create trigger device_change before update on device for each row execute function note_change();
create trigger bucket_change before update on bucket for each row execute function note_change();

create function note_members() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update bucket set changed = pg_current_xact_id() where id = coalesce(new.bucket, old.bucket);
  return null;
end $$;
create trigger member_change after insert or update or delete on member for each row execute function note_members();

-- hub_mark_restored (0005) that also lets go of the transactions of another cluster.
create or replace function hub_mark_restored() returns uuid
language plpgsql set search_path = public, pg_temp as $$
declare e uuid;
begin
  update feed set xid = '0';
  update unit set changed = '0';
  update device set changed = '0';
  update bucket set changed = '0';
  update bucket_key set changed = '0';
  perform setval('feed_pos', greatest((select coalesce(max(pos), 0) from feed) + 1, (select last_value from feed_pos)));
  perform setval('record_seq', greatest((select coalesce(max(seq), 0) from records) + 1, (select last_value from record_seq)));
  update hub_meta set epoch = gen_random_uuid() returning epoch into e;
  return e;
end $$;

revoke execute on all functions in schema public from public;

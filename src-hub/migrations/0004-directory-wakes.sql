-- A change of the directory (device, key, member, mandate) wakes the units that see it, as a record does.

create function device_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_announce(array['u:' || new.unit]);
  return null;
end $$;
create trigger device_wake after insert or update of role, admitted, revoked_at on device for each row execute function device_changed();

create function unit_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_announce((select array_agg('u:' || id) from unit));
  return null;
end $$;
create trigger unit_wake after update of box_key, name on unit for each row execute function unit_changed();

create function bucket_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform feed_announce(array[new.bucket]);
  return null;
end $$;
create trigger member_wake after insert on member for each row execute function bucket_changed();
create trigger bucket_key_wake after insert on bucket_key for each row execute function bucket_changed();
create trigger mandate_wake after insert on mandate for each row execute function bucket_changed();

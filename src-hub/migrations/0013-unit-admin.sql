-- Administrators of a unit: a role in an enrolment code. They enrol and revoke devices of their own unit, and see what a lost one could have held.

alter table device drop constraint device_role_check;
alter table device add constraint device_role_check check (role in ('officer', 'ncb', 'admin'));
alter table enrol_code drop constraint enrol_code_role_check;
alter table enrol_code add constraint enrol_code_role_check check (role in ('officer', 'ncb', 'admin'));
alter table enrol_code add column made_by uuid references device;
alter table device add column revoked_by uuid references device;

-- The unit of the calling device where it is an administrator's, else null.
create function ctx_administers() returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select d.unit from device d where d.id = ctx_device() and d.role = 'admin' and d.revoked_at is null
$$;

-- Stores a code for an officer or an administrator of the own unit; false for others, and where 20 are open. An NCB's role is given by the operator of the hub alone.
create function hub_unit_code(hash bytea, new_role text, days integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare u text := ctx_administers();
begin
  if u is null or new_role not in ('officer', 'admin') then return false; end if;
  perform 1 from unit where id = u for update;
  if (select count(*) from enrol_code c where c.unit = u and c.used_at is null and c.expires_at > now()) >= 20 then return false; end if;
  insert into enrol_code (secret_hash, unit, role, expires_at, made_by) values (hash, u, new_role, now() + days * interval '1 day', ctx_device());
  return true;
end $$;

create function hub_unit_devices() returns table (id uuid, role text, admitted boolean, enrolled_at timestamptz, revoked_at timestamptz, seen_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id, d.role, d.admitted, d.enrolled_at, d.revoked_at, v.at from device d left join delivery v on v.device = d.id where d.unit = ctx_administers() order by d.enrolled_at, d.id
$$;

-- Revokes a device of the own unit, never the caller's own: somebody must be left who can.
create function hub_unit_revoke(dev uuid) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update device set revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, ctx_device()) where id = dev and unit = ctx_administers() and id <> ctx_device();
  if not found then return false; end if;
  perform pg_notify('hub_revoked', dev::text);
  return true;
end $$;

-- What a device of the own unit could have held: everything its unit could ever read that was there when the device last got a page. What the unit may no
-- longer read comes as an id alone.
create function hub_unit_exposure(dev uuid, after uuid, page integer) returns table (id uuid, entity text, owner text, deleted boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, case when seen then r.entity else '' end, case when seen then r.owner else '' end, r.deleted
  from device d join delivery v on v.device = d.id cross join lateral (
    select r.*, exists (select 1 from member m where m.unit = d.unit and m.bucket = any(r.audience)) seen from records r where r.id > after and r.seq <= v.seq
  ) r
  where d.id = dev and d.unit = ctx_administers()
    and (seen or exists (select 1 from feed f join member m on m.bucket = f.bucket and m.unit = d.unit where f.record_id = r.id))
  order by r.id limit page
$$;

revoke execute on all functions in schema public from public;
grant execute on function ctx_administers(), hub_unit_code(bytea, text, integer), hub_unit_devices(), hub_unit_revoke(uuid), hub_unit_exposure(uuid, uuid, integer) to hub_app;

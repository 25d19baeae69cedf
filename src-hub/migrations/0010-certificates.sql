-- A device holds more than one certificate while it renews: the one in use, and the one the hub issued and the device may not have kept.
-- Rows stay after their end, so that a device that was away, or was restored from a backup, can prove which device it is.
create table device_certificate (
  fingerprint text primary key check (fingerprint ~ '^[0-9a-f]{64}$'),
  device uuid not null references device,
  not_after timestamptz not null,
  issued_at timestamptz not null default now(),
  -- The first request over it; it ends every earlier one.
  used_at timestamptz,
  retired_at timestamptz
);
create index device_certificate_device on device_certificate (device);
insert into device_certificate (fingerprint, device, not_after, issued_at, used_at)
  select fingerprint, id, enrolled_at + interval '90 days', enrolled_at, enrolled_at from device;
alter table device drop column fingerprint;

alter table device_certificate enable row level security;
alter table device_certificate force row level security;
create policy owner_all on device_certificate to current_user using (true) with check (true);

-- The device behind a certificate, revoked or not; no row where the hub never issued it.
drop function hub_authenticate(text);
create function hub_authenticate(print text)
returns table (id uuid, unit text, role text, country text, admitted boolean, revoked boolean, sign_key bytea, not_after timestamptz, used boolean, retired boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id, d.unit, d.role, u.country, d.admitted, d.revoked_at is not null, d.sign_key, c.not_after, c.used_at is not null, c.retired_at is not null
  from device_certificate c join device d on d.id = c.device join unit u on u.id = d.unit where c.fingerprint = print
$$;

-- A certificate works: what was issued before it retires, so that a copy of an older key is of no use.
create function hub_certificate_used(print text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare dev uuid; made timestamptz;
begin
  update device_certificate set used_at = now() where fingerprint = print and used_at is null and retired_at is null returning device, issued_at into dev, made;
  if dev is null then return; end if;
  update device_certificate set retired_at = now() where device = dev and fingerprint <> print and retired_at is null and issued_at <= made;
end $$;

-- Stores a renewed certificate of the calling device beside the one it calls with; one it never used makes way.
create function hub_renew(print text, until timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if ctx_device() is null then return false; end if;
  perform 1 from device where id = ctx_device() for update;
  update device_certificate set retired_at = now() where device = ctx_device() and used_at is null and retired_at is null;
  insert into device_certificate (fingerprint, device, not_after) values (print, ctx_device(), until);
  return true;
end $$;

-- Spends an enrolment code and stores its device in one step; no row where the code is unknown, used or ended. A device of the same unit
-- with the same keys comes back as itself (`known`: the caller proved its signing key).
drop function hub_redeem(bytea, uuid, bytea, bytea, text);
create function hub_redeem(hash bytea, dev uuid, sign bytea, box bytea, print text, until timestamptz, known boolean) returns table (unit text, role text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare u text; r text; isknown boolean;
begin
  isknown := exists (select 1 from device d where d.id = dev);
  if isknown and not (known and exists (
    select 1 from device d join enrol_code c on c.unit = d.unit
    where d.id = dev and d.sign_key = sign and d.box_key = box and d.revoked_at is null and c.secret_hash = hash and c.role = d.role
  )) then return; end if;
  update enrol_code c set used_at = now() where c.secret_hash = hash and c.used_at is null and c.expires_at > now() returning c.unit, c.role into u, r;
  if u is null then return; end if;
  if not isknown then insert into device (id, unit, role, sign_key, box_key) values (dev, u, r, sign, box); end if;
  insert into device_certificate (fingerprint, device, not_after) values (print, dev, until);
  return query select u, r;
end $$;

revoke execute on all functions in schema public from public;
grant execute on function hub_authenticate(text), hub_certificate_used(text), hub_renew(text, timestamptz), hub_redeem(bytea, uuid, bytea, bytea, text, timestamptz, boolean) to hub_app;

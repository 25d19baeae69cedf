-- Content of exhibits on its way from the unit that owns one to the devices it was agreed with: sealed pieces that the hub can open
-- none of, kept until every device has them or the operator's days are over.
alter table hub_meta add column content_quota bigint not null default 10737418240 check (content_quota >= 0);
alter table hub_meta add column content_days integer not null default 14 check (content_days between 1 and 365);

-- Like records, an id belongs to its unit.
create table content (
  id uuid not null,
  owner text not null references unit,
  record_id uuid not null,
  author uuid not null references device,
  size bigint not null check (size > 0),
  received bigint not null default 0 check (received >= 0 and received <= size),
  wraps bytea not null,
  expires_at timestamptz not null,
  primary key (id, owner)
);
create index content_owner on content (owner);

-- The row of bytes as it arrived; `start` counts from the first byte.
create table content_part (
  content_id uuid not null,
  owner text not null,
  start bigint not null check (start >= 0),
  bytes bytea not null check (octet_length(bytes) between 1 and 65536),
  primary key (content_id, owner, start),
  foreign key (content_id, owner) references content on delete cascade
);
alter table content_part alter column bytes set storage external;

create table content_reader (
  content_id uuid not null,
  owner text not null,
  device uuid not null references device,
  done_at timestamptz,
  primary key (content_id, owner, device),
  foreign key (content_id, owner) references content on delete cascade
);

do $$ declare t text; begin
  foreach t in array array['content', 'content_part', 'content_reader'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;

-- Whether the calling device offered that content of its unit; past the policies, which would ask each other in a circle.
create function hub_content_mine(cid uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from content c where c.id = cid and c.owner = ctx_unit() and c.author = ctx_device())
$$;

-- Only who sees the exhibit's record: its unit, and the devices named.
create policy app_read on content_reader for select to hub_app using (owner = (select ctx_unit()) or device = (select ctx_device()));
create policy app_read on content for select to hub_app using (
  (owner = (select ctx_unit()) or exists (select 1 from content_reader d where d.content_id = id and d.owner = content.owner and d.device = (select ctx_device())))
  and exists (select 1 from records r where r.id = record_id and r.owner = content.owner and not r.deleted));
create policy app_add on content for insert to hub_app with check (
  owner = (select ctx_unit()) and author = (select ctx_device()) and exists (select 1 from records r where r.id = record_id and r.owner = content.owner and r.entity = 'exhibit' and not r.deleted));
create policy app_edit on content for update to hub_app using (owner = (select ctx_unit()) and author = (select ctx_device()));
create policy app_read on content_part for select to hub_app using (exists (select 1 from content c where c.id = content_id and c.owner = content_part.owner));
create policy app_add on content_part for insert to hub_app with check (owner = (select ctx_unit()) and hub_content_mine(content_id));
create policy app_add on content_reader for insert to hub_app with check (owner = (select ctx_unit()) and hub_content_mine(content_id));

grant select, insert on content, content_part, content_reader to hub_app;
grant update (received, expires_at) on content to hub_app;

-- What the caller's unit keeps here, in bytes as they were offered; also of records that are hidden by now.
create function hub_content_used() returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(sum(c.size), 0)::bigint from content c where c.owner = ctx_unit()
$$;

-- The calling device is done with a content: a reader has it, the device that offered it takes it back. The last reader's word removes it.
create function hub_content_end(cid uuid, unit_id text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if ctx_device() is null then return false; end if;
  perform 1 from content c where c.id = cid and c.owner = unit_id for update;
  delete from content c where c.id = cid and c.owner = unit_id and c.owner = ctx_unit() and c.author = ctx_device();
  if found then return true; end if;
  update content_reader d set done_at = coalesce(d.done_at, now())
    where d.content_id = cid and d.owner = unit_id and d.device = ctx_device();
  if not found then return false; end if;
  delete from content c where c.id = cid and c.owner = unit_id
    and not exists (select 1 from content_reader d where d.content_id = c.id and d.owner = c.owner and d.done_at is null);
  return true;
end $$;

revoke execute on function hub_content_mine(uuid), hub_content_used(), hub_content_end(uuid, text) from public;
grant execute on function hub_content_mine(uuid), hub_content_used(), hub_content_end(uuid, text) to hub_app;

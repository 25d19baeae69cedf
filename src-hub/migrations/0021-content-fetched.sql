-- A content that every reader has fetched keeps its row, without its bytes, until its days are over: a sender whose last answer was lost offers
-- it again, and would send all of it once more to nobody.
alter table content add column fetched boolean not null default false;
grant update (fetched) on content to hub_app;

create or replace function hub_content_used() returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(sum(c.size), 0)::bigint from content c where c.owner = ctx_unit() and not c.fetched
$$;

-- As in 0020, but the last reader's word removes the bytes alone.
create or replace function hub_content_end(cid uuid, unit_id text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if ctx_device() is null then return false; end if;
  perform 1 from content c where c.id = cid and c.owner = unit_id for update;
  delete from content c where c.id = cid and c.owner = unit_id and c.owner = ctx_unit() and c.author = ctx_device();
  if found then return true; end if;
  update content_reader d set done_at = coalesce(d.done_at, now())
    where d.content_id = cid and d.owner = unit_id and d.device = ctx_device();
  if not found then return false; end if;
  if not exists (select 1 from content_reader d where d.content_id = cid and d.owner = unit_id and d.done_at is null) then
    delete from content_part p where p.content_id = cid and p.owner = unit_id;
    update content c set fetched = true, received = c.size where c.id = cid and c.owner = unit_id;
  end if;
  return true;
end $$;

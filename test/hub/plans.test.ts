import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { seedRegion } from '../../src-hub/access/region.ts';
import { openDatabase } from '../../src-hub/db/open.ts';
import { describeEngines } from './engines.ts';
import { REGION } from './support.ts';

/** Index and table names of a plan, from the whole of it. */
function readsOf(plan: unknown): string[] {
  const reads: string[] = [];
  JSON.stringify(plan, (name, value: unknown) => {
    if (name === 'Index Name' || name === 'Node Type') reads.push(String(value));
    return value;
  });
  return reads;
}

describeEngines('plans', (engine) => {
  it('finds a record by its id alone on a hub that has no statistics yet, however many its unit has', async () => {
    const db = await openDatabase(await engine.storage());
    await seedRegion(db, { units: [...REGION.units], taskforces: [] });
    const device = randomUUID();
    await db.admin(async (sql) => {
      await sql.rows("insert into device (id, unit, role, sign_key, box_key, admitted) values ($1, 'la-cyber', 'officer', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), true)", [
        device,
      ]);
      await sql.rows(
        `insert into records (id, owner, entity, audience, tlp, rev, deleted, author, ref, body, body_sha, wraps, sig)
         select gen_random_uuid(), 'la-cyber', 'brief', array['u:la-cyber'], 'AMBER', 'r1', false, $1, '', decode(repeat('00', 400), 'hex'), 'x', '', 'x' from generate_series(1, 5000)`,
        [device],
      );
    });
    const plan = await db.service(async (sql) => {
      await sql.rows('select hub_enter($1)', [device]);
      return sql.rows("explain (format json) select * from records c where c.id = '00000000-0000-4000-8000-000000000000' order by c.seq limit 1");
    });
    expect(readsOf(plan)).toContain('records_pkey');
    expect(readsOf(plan).filter((read) => read.includes('And') || read.startsWith('records_'))).toEqual(['records_pkey']);
    await db.close();
  });
});

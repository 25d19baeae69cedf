import { expect, it } from 'vitest';
import { describeEngines, tempDir } from './engines.ts';
import { freePort } from '../factories/postgres.ts';
import path from 'node:path';
import { makeRecord, newRow } from './rows.ts';
import { enrolDevice, REGION, startHub } from './support.ts';

describeEngines('the operator', (engine) => {
  it('sees health, counts and the age of the backup, and nothing of who or what', async () => {
    const metricsPort = await freePort();
    const hub = await startHub(engine, { metricsPort });
    const get = async (route: string) => {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}${route}`);
      return { status: answer.status, text: await answer.text() };
    };
    try {
      await hub.admin.seedRegion(REGION);
      const lao = await enrolDevice(hub, 'la-cyber');
      const record = makeRecord(lao);
      await lao.push(newRow(record));
      await lao.pullAll();
      expect(await get('/live')).toEqual({ status: 200, text: 'live\n' });
      expect(await get('/ready')).toEqual({ status: 200, text: 'ready\n' });
      expect((await get('/')).text).toContain('No backup was ever written');
      expect((await get('/metrics')).text).toMatch(/hub_last_backup_timestamp_seconds 0\n/);
      await new Promise((resolve) => setTimeout(resolve, 600)); // gauges are read twice a second at most
      await hub.admin.backup(path.join(tempDir(), 'hub.backup'));
      const { text } = await get('/metrics');
      for (const line of ['hub_database_up 1', 'hub_pushed_rows_total{outcome="taken"} 1', 'hub_pulled_rows_total 1', 'hub_pushes_total 1', 'hub_synchronous 0', 'hub_standbys 0'])
        expect(text).toContain(`${line}\n`);
      expect(text).toMatch(/hub_last_backup_timestamp_seconds 1\.\d+e\+09|hub_last_backup_timestamp_seconds \d{10}/);
      expect(text).toContain('hub_request_seconds_bucket{le="0.1",route="/v1/push",status="200"}');
      const page = await get('/');
      expect(page.text).not.toContain('No backup');
      for (const secret of ['la-cyber', lao.id, record.id, 'Laos unit']) expect(text + page.text).not.toContain(secret);
      expect((await get('/metrics/../admin')).status).toBe(404);
      lao.close();
    } finally {
      await hub.close();
    }
  });
});

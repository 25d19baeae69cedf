import { rmSync } from 'node:fs';
import { startHubProcess, type HubProcess } from '../../e2e/hub-process.ts';
import { postgresBin, startPostgres } from '../../factories/postgres.ts';

/** The unit whose devices sync. */
export const BENCH_UNIT = 'la-demo';

const bin = postgresBin();
/** What the hub keeps its rows in. */
export const BENCH_ENGINE = bin ? 'PostgreSQL, which flushes every commit' : 'the embedded database: no PostgreSQL here';

/** Gives `run` a new hub with the demo region, on {@link BENCH_ENGINE}. */
export async function withBenchHub<T>(run: (hub: HubProcess) => Promise<T>): Promise<T> {
  const node = bin ? await startPostgres(bin, { settings: { fsync: 'on' } }) : undefined;
  await node?.sql("create role suar login createrole password 'bench'", 'create database suar owner suar');
  const hub = await startHubProcess(node?.url('suar', 'suar'));
  hub.run('region', 'seed', 'resources/region/demo.json');
  try {
    return await run(hub);
  } finally {
    await hub.stop();
    await node?.stop();
    rmSync(hub.folder, { recursive: true, force: true });
  }
}

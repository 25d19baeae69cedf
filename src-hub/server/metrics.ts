import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Database } from '../db/database.ts';
import { readHealth, type Health } from '../db/health.ts';

/** Counts for the operator: routes and outcomes, never who or what. */
export interface HubMetrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'route' | 'status'>;
  readonly pushes: Counter;
  readonly pulls: Counter;
  readonly pushedRows: Counter<'outcome'>;
  readonly pulledRows: Counter;
  readonly openStreams: Gauge;
}

const FRESH_MS = 500;
const LATENCY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics of one hub process, in a registry of its own; what the database says is read when it is asked for. */
export function createMetrics(db: Database): HubMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // one question to the database serves all gauges of one scrape
  let asked: { readonly at: number; readonly answer: Promise<Health | undefined> } | undefined;
  const health = (): Promise<Health | undefined> => {
    if (!asked || Date.now() - asked.at > FRESH_MS) asked = { at: Date.now(), answer: readHealth(db).catch(() => undefined) };
    return asked.answer;
  };
  for (const { name, help, of } of HEALTH_GAUGES) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect: async () => {
        gauge.set(of(await health()));
      },
    });
    registry.registerMetric(gauge);
  }
  return {
    registry,
    requestSeconds: new Histogram({ name: 'hub_request_seconds', help: 'Time to answer', labelNames: ['route', 'status'], buckets: LATENCY_SECONDS, registers }),
    pushes: new Counter({ name: 'hub_pushes_total', help: 'Batches pushed and answered', registers }),
    pulls: new Counter({ name: 'hub_pulls_total', help: 'Pages pulled', registers }),
    pushedRows: new Counter({ name: 'hub_pushed_rows_total', help: 'Rows pushed', labelNames: ['outcome'], registers }),
    pulledRows: new Counter({ name: 'hub_pulled_rows_total', help: 'Rows pulled', registers }),
    openStreams: new Gauge({ name: 'hub_open_streams', help: 'Wake streams open', registers }),
  };
}

const HEALTH_GAUGES: readonly { readonly name: string; readonly help: string; readonly of: (health: Health | undefined) => number }[] = [
  { name: 'hub_database_up', help: '1 while a node of the database takes writes', of: (health) => (health ? 1 : 0) },
  { name: 'hub_records', help: 'Records kept, by the statistics of the planner', of: (health) => health?.records ?? Number.NaN },
  { name: 'hub_connections', help: 'Connections to the database, of all hubs', of: (health) => health?.connections ?? Number.NaN },
  { name: 'hub_feed_lag_transactions', help: 'Transactions that cursors wait for: a large number says that one stays open', of: (health) => health?.feedLag ?? Number.NaN },
  { name: 'hub_standbys', help: 'Standbys that stream', of: (health) => health?.standbys ?? Number.NaN },
  { name: 'hub_synchronous', help: '1 while commits wait for a standby that streams', of: (health) => (health?.isSynchronous ? 1 : 0) },
  { name: 'hub_replication_lag_bytes', help: 'Bytes the slowest standby is behind', of: (health) => health?.lagBytes ?? Number.NaN },
  { name: 'hub_last_backup_timestamp_seconds', help: 'When the last backup was written; 0 for never', of: (health) => (health?.backupAt ? Date.parse(health.backupAt) / 1000 : 0) },
];

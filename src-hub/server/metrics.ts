import { createServer, type Server } from 'node:http';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Counts for the operator: routes and outcomes, never who or what. */
export interface HubMetrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'route' | 'status'>;
  readonly pushedRows: Counter<'outcome'>;
  readonly pulledRows: Counter;
  readonly openStreams: Gauge;
}

/** Metrics of one hub, in a registry of its own. */
export function createMetrics(): HubMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requestSeconds: new Histogram({ name: 'hub_request_seconds', help: 'Time to answer', labelNames: ['route', 'status'], registers }),
    pushedRows: new Counter({ name: 'hub_pushed_rows_total', help: 'Rows pushed', labelNames: ['outcome'], registers }),
    pulledRows: new Counter({ name: 'hub_pulled_rows_total', help: 'Rows pulled', registers }),
    openStreams: new Gauge({ name: 'hub_open_streams', help: 'Wake streams open', registers }),
  };
}

/** Serves `GET /metrics` on loopback only. */
export function serveMetrics(metrics: HubMetrics, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

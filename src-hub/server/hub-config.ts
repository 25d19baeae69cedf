import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `init` decides and later commands remember (hub.json in the data directory). */
export interface HubConfig {
  /** Names and addresses devices reach the hub by; the first is printed in enrolment codes. */
  readonly hosts: readonly string[];
  readonly port: number;
}

const DEFAULTS: HubConfig = { hosts: ['127.0.0.1'], port: 8443 };

/** Reads the configuration of a data directory, or the defaults. */
export function readConfig(dataDir: string): HubConfig {
  const path = join(dataDir, 'hub.json');
  if (!existsSync(path)) return DEFAULTS;
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is damaged`);
  const hosts = 'hosts' in value && Array.isArray(value.hosts) ? value.hosts.filter((host) => typeof host === 'string') : [];
  const port = 'port' in value && typeof value.port === 'number' ? value.port : DEFAULTS.port;
  return { hosts: hosts.length > 0 ? hosts : DEFAULTS.hosts, port };
}

/** Writes the configuration. */
export function writeConfig(dataDir: string, config: HubConfig): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDir, 'hub.json'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

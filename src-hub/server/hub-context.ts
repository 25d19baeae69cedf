import type { Clock } from '#shared/base/ids.ts';
import type { Database } from '../db/database.ts';
import type { DeviceCa } from '../identity/ca.ts';
import type { HubMetrics } from './metrics.ts';
import type { WakeBoard } from './wake-board.ts';

/** What routes work with. */
export interface HubContext {
  readonly db: Database;
  readonly ca: DeviceCa;
  readonly wakes: WakeBoard;
  readonly metrics: HubMetrics;
  readonly clock: Clock;
  /** Enrolment attempts allowed from one address in a minute. */
  readonly enrolPerMinute: number;
}

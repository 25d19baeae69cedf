import { expireBodyParts } from '../access/body-parts.ts';
import { expireContent } from '../access/content-admin.ts';
import type { Database } from '../db/database.ts';

const SWEEP_MS = 10 * 60_000;

/** Removes what has expired now and then; answers how to end it. What fails now is tried again the next time. */
export function sweepExpired(db: Database, clock: () => number): () => void {
  const timer = setInterval(() => void Promise.allSettled([expireContent(db, clock()), expireBodyParts(db, clock())]), SWEEP_MS);
  timer.unref();
  return () => clearInterval(timer);
}

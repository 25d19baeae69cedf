import type { AckLog } from './ack-log.ts';
import type { KilledApp } from './killed-app.ts';
import type { PlannedKill } from './kill-points.ts';
import { wait } from './played-profile.ts';

/** Writes until the kill: `writes` acknowledged inserts, every third edited, then what the point names. Ends when the process is gone. */
export async function liveAndDie(app: KilledApp, life: number, { point, writes, delayMs }: PlannedKill, log: AckLog): Promise<void> {
  let ending: Promise<void> | undefined;
  const dieIn = (ms: number) => (ending ??= wait(ms).then(app.kill));
  // A kill at any time comes out of the blue: the officer writes on until the page is gone.
  const goesOn = () => ending === undefined || point === 'at-any-time';
  const asked = async (record: string, version: number) => {
    while (!log.entries().some((entry) => entry.record === record && entry.version === version)) await wait(1);
  };
  try {
    if (point === 'at-first-list') await dieIn(delayMs);
    if (point === 'at-any-time') void dieIn(delayMs);
    for (let n = 0; goesOn(); n++) {
      const record = `${life}-${n}`;
      const last = n >= writes;
      if (last && point === 'during-insert') {
        const insert = app.insert(record);
        await asked(record, 1);
        void dieIn(delayMs);
        await insert;
      } else await app.insert(record);
      if (last && point === 'during-edit') {
        const edit = app.edit(record, 2);
        await asked(record, 2);
        void dieIn(delayMs);
        await edit;
      } else if (n % 3 === 0) await app.edit(record, 2);
      if (last && point === 'after-acknowledgement') await dieIn(delayMs);
    }
  } catch (error) {
    if (ending === undefined) throw error; // else the page went away under the officer's hands, as planned
  }
  await ending;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { progress } from '../../scripts/measure.ts';
import { launchApp } from '../e2e/launch.ts';
import { firstStart } from '../e2e/officer.ts';
import { text } from '../e2e/texts.ts';
import { openAckLog } from './ack-log.ts';
import { acknowledgedIn, checkProfile, type CheckedProfile, type Findings } from './checked-profile.ts';
import { SMALL_JOURNAL } from './crash-points.ts';
import { drive, unlock, type KilledApp } from './killed-app.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

/** Chromium keeps a tenth of a disk free of its own accord, so the disk is not too small; ballast takes the rest. */
const DISK_BYTES = 128 * 1024 * 1024;
/** What is left of it when it is filled, in bytes: a page of the disk at least, some dozens of writes at most. */
const LEFT_LEAST = 4096;
const LEFT_MOST = 256 * 1024;
/** Writes after which a disk that is still not full counts as not told. */
const WRITES_MOST = 120;
/** Writes after room was made. */
const WRITES_AFTER = 3;

/** What officers on a disk that fills up saw. */
export interface FullDiskOutcome {
  /** Times the disk was filled. */
  readonly fills: number;
  /** Of these, times a write that was not made was told with the sentence for it. */
  readonly told: number;
  /** Of these, times the same window saved the same form as soon as there was room. */
  readonly savedAgain: number;
  /** Unlocks tried on the full disk, and those that opened or were refused with the sentence for it, and opened with room. */
  readonly unlocks: number;
  readonly unlocksTold: number;
  readonly acknowledged: number;
}

const sentences = (...codes: readonly string[]): readonly string[] => codes.map((code) => text('en', `errors:${code}`));
const WRITE_REFUSED = sentences('store-full', 'journal-failed');
const UNLOCK_REFUSED = [...sentences('disk-full'), ...WRITE_REFUSED];
const isOneOf = (known: readonly string[], shown: string): boolean => known.some((sentence) => shown.includes(sentence));

/**
 * Lets an officer write until the disk of the profile is full, `fills` times, each with another rest of room: the refused write is told, what was
 * acknowledged is shown, the same window goes on when there is room, and the next start too; every second time the application is
 * killed on the full disk and unlocked there. Undefined where no disk can be mounted (not root).
 */
export async function playFullDisk(fills: number, random: () => number, findings: Findings, outside: string): Promise<FullDiskOutcome | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'suar-full-'));
  const disk = mountSmallDisk(folder, DISK_BYTES);
  const log = openAckLog(path.join(outside, 'full-disk.log'));
  const counts = { fills, told: 0, savedAgain: 0, unlocks: 0, unlocksTold: 0 };
  try {
    if (!disk) return undefined;
    const profile = checkProfile(folder, log, findings);
    const officer = await firstStart('en', 'English', 'Invented Officer', SMALL_JOURNAL, () => undefined, folder);
    let app: KilledApp | undefined = drive(officer.app, log);
    for (let n = 0; n < fills && app; n++) {
      disk.fill(Math.floor(LEFT_LEAST + random() ** 2 * (LEFT_MOST - LEFT_LEAST)));
      const refused = await writeUntilFull(app, profile, counts);
      await profile.check(app);

      if (n % 2 === 1) app = await unlockOnFullDisk(app, disk, profile, counts);
      else if (refused) await goOn(app, disk, refused, counts);
      disk.empty();
      if (app) {
        await writeOn(app, profile);
        await app.running.close();
      }
      app = await profile.open();
      profile.told(`full disk ${n + 1}`);
    }
    await app?.running.close();
    profile.scan();
    return { ...counts, acknowledged: acknowledgedIn(log) };
  } finally {
    log.close();
    disk?.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Counts = { told: number; savedAgain: number; unlocks: number; unlocksTold: number };
interface Refused {
  readonly record: string;
  readonly version: number;
}

/** Inserts and edits in turn; answers the write that was refused. */
async function writeUntilFull(app: KilledApp, profile: CheckedProfile, counts: Counts): Promise<Refused | undefined> {
  const life = profile.nextLife();
  for (let n = 0; n < WRITES_MOST; n++) {
    const refused = { record: `${life}-${n >> 1}`, version: 1 + (n % 2) };
    const sentence = await app.write(refused.record, refused.version);
    if (sentence === undefined) continue;
    if (isOneOf(WRITE_REFUSED, sentence)) counts.told++;
    else progress(`on a full disk the officer reads: ${sentence}`);
    return refused;
  }
  progress('the disk did not fill up');
  return undefined;
}

/** Saves the same form in the same window after room was made. */
async function goOn(app: KilledApp, disk: SmallDisk, { record, version }: Refused, counts: Counts): Promise<void> {
  disk.empty();
  const sentence = await app.write(record, version, true);
  if (sentence === undefined) counts.savedAgain++;
  else progress(`with room again the officer reads: ${sentence}`);
}

/** Ends the application by force, unlocks on the full disk, then with room: in the same process where the passphrase is still asked for. */
async function unlockOnFullDisk(app: KilledApp, disk: SmallDisk, { folder, log }: CheckedProfile, counts: Counts): Promise<KilledApp | undefined> {
  await app.kill();
  counts.unlocks++;
  const running = await launchApp(folder, [], SMALL_JOURNAL);
  const again = drive(running, log);
  const first = await unlock(running);
  disk.empty();
  if (!('sentence' in first)) {
    counts.unlocksTold++;
    return again;
  }
  const isAsked = await running.page().locator('input[name=passphrase]').isVisible();
  const second = isAsked ? await unlock(running) : undefined;
  if (isOneOf(UNLOCK_REFUSED, first.sentence) && !(second && 'sentence' in second)) counts.unlocksTold++;
  else progress(`unlocking on a full disk the officer reads: ${first.sentence}${second && 'sentence' in second ? `, and with room: ${second.sentence}` : ''}`);
  if (second && !('sentence' in second)) return again;
  await again.kill();
  return undefined;
}

async function writeOn(app: KilledApp, profile: CheckedProfile): Promise<void> {
  const life = profile.nextLife();
  for (let n = 0; n < WRITES_AFTER; n++) await app.insert(`${life}-${n}`);
  await profile.check(app);
}

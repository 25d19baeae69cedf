import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Session } from '../../src-renderer/db/worker/session.ts';
import { readJournalFile } from '../../src-main/journal/files.ts';
import { createJournaledProfile, LAB_KEY, type JournaledProfile, type JournalFlaw } from '../factories/journaled-store.ts';
import { caseBody } from '../factories/records.ts';
import { createSeededNumbers } from '../factories/seeded.ts';
import { changeRows, createMemoryDisk, withFlippedSeal } from '../factories/memory-disk.ts';
import { compareWithLog, readTitles, titleOf, type LoggedWrite } from './ack-log.ts';

/**
 * What happens between two starts. `power-cut`: the store, whose transactions are not flushed, loses the newest ones; the
 * `crash-` faults come with the store gone or put back to any earlier state, flushed or not; the others are one fault of the disk each.
 */
export const FAULTS = [
  'end',
  'crash',
  'power-cut',
  'crash-emptied',
  'crash-older',
  'store-emptied',
  'row-altered',
  'row-gone',
  'older-row',
  'journal-gone',
  'journal-cut',
  'journal-flipped',
  'log-gone',
] as const;
export type Fault = (typeof FAULTS)[number];
/** The outcome of one run. */
export interface StoreRun {
  readonly broken: readonly string[];
  readonly acknowledged: number;
  readonly damaged: number;
  readonly noticed: number;
}

/** After these nothing may have to be made again. */
const HARMLESS: readonly Fault[] = ['end', 'crash', 'power-cut'];

const STARTS = 5;
const STEPS = 8;
const LOST_MOST = 3;

type Numbers = () => number;
type Started = Awaited<ReturnType<JournaledProfile['start']>>;

/** Plays one run: starts, writes, faults; the same seed gives the same run. Checks after every start. */
export async function playStoreRun(seed: number, flaw?: JournalFlaw): Promise<StoreRun> {
  const random = createSeededNumbers(seed);
  const profile = createJournaledProfile({ seed: seed * 100, sizes: { logBytes: 6000, mergeBytes: 9000 }, ...(flaw ? { flaw } : {}) });
  const log: LoggedWrite[] = [];
  const broken: string[] = [];
  const ids = new Map<string, { id: string; version: number }>();
  let [damaged, noticed] = [0, 0];
  let fault: Fault = 'end';
  let effective = false;
  try {
    for (let n = 0; n <= STARTS; n++) {
      const { started, session, remade } = await start(profile, fault);
      if (effective) {
        damaged++;
        if (remade) noticed++;
        else broken.push(`${fault} was not noticed`);
      } else if (remade && HARMLESS.includes(fault)) broken.push(`the store was made again after ${fault}`);
      broken.push(...compareWithLog(log, await shown(session)));
      if (n === STARTS || broken.length > 0) {
        await session.close();
        await started.stop();
        break;
      }
      const copies: { readonly disk: ReadonlyMap<string, Uint8Array>; readonly sequence: number }[] = [];
      for (let step = 0; step < STEPS; step++) {
        copies.push({ disk: profile.disk.copy(), sequence: (await started.journal.requests.state(null)).sequence });
        await write(session, random, log, ids, `${n}-${step}`);
        if (step === STEPS >> 1) await started.journal.tidy();
      }
      fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? 'end';
      effective = await happen(fault, profile, session, started, copies, random);
    }
  } catch (error) {
    broken.push(`${fault}: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
  } finally {
    profile.remove();
  }
  return { broken, acknowledged: log.filter(({ op }) => op === 'acknowledged').length, damaged, noticed };
}

async function start(profile: JournaledProfile, fault: Fault, again = false): Promise<{ readonly started: Started; readonly session: Session; readonly remade: boolean }> {
  const started = await profile.start();
  const health = await started.journal.requests.state(null).then((state) => state.health);
  try {
    const session = await started.opening.open();
    const sequence = (await started.journal.requests.state(null)).sequence;
    const whole = await session.look();
    // A journal that was written anew begins with a snapshot; `damaged` is how main found it.
    if (whole) return { started, session, remade: health === 'damaged' || (fault.startsWith('journal') && sequence > 0 && wasRestocked(profile)) || (fault === 'log-gone' && wasRestocked(profile)) };
    await session.close();
    await started.stop();
    if (again) throw new Error('opened as it was although it is altered');
    return start(profile, fault, true);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'store-lost') throw error;
    await started.opening.rebuild(() => undefined);
    return { started, session: await started.opening.open(), remade: true };
  }
}

function holdsWrites(file: string): boolean {
  for (const entry of readJournalFile(LAB_KEY, { number: Number(path.basename(file, '.log')), snapshot: false, path: file })) if (entry.t === 'write') return true;
  return false;
}

/** A journal just written anew is one snapshot and an empty log. */
function wasRestocked({ folder }: JournaledProfile): boolean {
  const names = readdirSync(path.join(folder, 'journal')).sort();
  return names.length === 2 && (names[0]?.endsWith('.snap') ?? false);
}

async function shown(session: Session): Promise<{ record: string; version: number }[]> {
  const docs = await session.db.collections.record.find().exec();
  return readTitles(docs.map((doc) => String(doc.body['title'])));
}

async function write(session: Session, random: Numbers, log: LoggedWrite[], ids: Map<string, { id: string; version: number }>, record: string): Promise<void> {
  const cases = session.repository('case');
  const known = [...ids.keys()];
  const old = known[Math.floor(random() * known.length)];
  const held = old === undefined ? undefined : ids.get(old);
  if (old !== undefined && held && random() < 0.5) {
    const version = held.version + 1;
    log.push({ op: 'asked', record: old, version });
    const saved = await cases.update(held.id, (current) => ({ body: { ...current.body, title: titleOf(old, version) } }));
    if (!saved.ok) throw new Error('an update was refused');
    log.push({ op: 'acknowledged', record: old, version });
    ids.set(old, { id: held.id, version });
    return;
  }
  log.push({ op: 'asked', record, version: 1 });
  const made = await cases.insert({ body: caseBody({ title: titleOf(record, 1) }) as never, status: 'new', tlp: 'AMBER' });
  if (!made.ok) throw new Error('an insert was refused');
  log.push({ op: 'acknowledged', record, version: 1 });
  ids.set(record, { id: made.value.id, version: 1 });
  // The same id again: the store refuses it, and the journal has to take it back.
  if (random() < 0.3) await cases.insert({ id: made.value.id, body: caseBody({ title: 'refused' }) as never, status: 'new', tlp: 'AMBER' });
}

/** Lets it happen; true where something acknowledged was changed or removed, so that it has to be noticed. */
async function happen(
  fault: Fault,
  profile: JournaledProfile,
  session: Session,
  started: Started,
  copies: readonly { readonly disk: ReadonlyMap<string, Uint8Array>; readonly sequence: number }[],
  random: Numbers,
): Promise<boolean> {
  if (fault === 'power-cut' || fault === 'crash' || fault === 'crash-emptied' || fault === 'crash-older') {
    await started.stop();
    await session.db.close();
    if (fault === 'crash-emptied') profile.disk = createMemoryDisk();
    const older = copies[Math.floor(random() * copies.length)];
    if (fault === 'crash-older' && older) profile.disk = createMemoryDisk(older.disk);
    // What was flushed stays; of what was not, any number of the newest transactions may be gone.
    const possible = copies.filter(({ sequence }) => sequence >= started.flushed()).slice(-LOST_MOST);
    const back = possible[Math.floor(random() * possible.length)];
    if (fault === 'power-cut' && back) profile.disk = createMemoryDisk(back.disk);
    return false;
  }
  await session.close();
  await started.stop();
  const folder = path.join(profile.folder, 'journal');
  const logs = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => path.join(folder, name));
  const last = logs.at(-1) ?? '';
  const heldWrites = holdsWrites(last);
  let first = true;
  /** Changes the first row of the records, or the first one more than one version old. */
  const one = (change: (row: Record<string, unknown>) => Record<string, unknown> | undefined): boolean => {
    changeRows(profile.disk, (row) => {
      if (!first) return row;
      first = false;
      return change(row);
    });
    return !first;
  };
  switch (fault) {
    case 'end':
      return false;
    case 'store-emptied':
      profile.disk = createMemoryDisk();
      return true;
    case 'row-altered':
      return one(withFlippedSeal);
    case 'row-gone':
      return one(() => undefined);
    case 'older-row':
      // Another version than the newest, with a seal of its own: as a disk that lost one sector's newest state.
      return one((row) => ({ ...row, _rev: '9-older' }));
    case 'journal-gone':
      rmSync(folder, { recursive: true });
      return true;
    case 'log-gone':
      rmSync(last);
      return heldWrites;
    case 'journal-cut':
      truncateSync(last, Math.floor(readFileSync(last).length * (0.2 + 0.4 * random())));
      return heldWrites;
    case 'journal-flipped': {
      const bytes = readFileSync(last);
      const at = Math.floor(bytes.length * 0.3 * random());
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      writeFileSync(last, bytes);
      return heldWrites;
    }
  }
}

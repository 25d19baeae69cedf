import { verify, createPublicKey } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { bytesToHex } from '#shared/base/ids.ts';
import { BUNDLE_FRAME_ROWS, type BundleHead, type BundleReceipt } from '#shared/contract/bundle.ts';
import { readBundle, BundleError, type BundleReader, type ReadBundle, type ReadBytes } from '#shared/contract/bundle-file.ts';
import type { PushRow } from '#shared/contract/sync.ts';
import { AdminError } from '../access/admin.ts';
import { findCourierCaller, type CourierCaller } from '../access/caller.ts';
import { readWholeDirectory } from '../access/directory.ts';
import { readKeys } from '../access/keys.ts';
import { noteDelivered } from '../access/purges.ts';
import { push } from '../access/push.ts';
import type { Database } from '../db/database.ts';
import { agreeWith, BUNDLE_CRYPTO } from '../identity/bundle-crypto.ts';
import { newHead, writePages, writeWhole, type BundleDesk } from './write-bundle.ts';

/** What a request bundle came to. */
export interface BundleReading {
  readonly device: string;
  readonly unit: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly conflicts: number;
  /** Rows in the answer. */
  readonly answered: number;
}

/** Why a bundle is refused, as the administrator reads it. */
const REFUSALS: Readonly<Record<BundleError['code'], string>> = {
  'bundle-unknown': 'this file is no bundle',
  'bundle-newer': 'this bundle was made by a newer version of Suar',
  'bundle-misaddressed': 'this bundle is not for this hub',
  'bundle-altered': 'this bundle was altered on its way',
  'bundle-incomplete': 'this bundle is cut off: copy it again',
  'bundle-forged': 'the signature of this bundle is not that of an enrolled device',
  'bundle-expired': 'this bundle has expired, or the clock of its maker is wrong',
  'bundle-gap': 'this bundle does not go on from what is here',
  'bundle-older': 'a newer bundle of this device was read before; it holds all of this one',
};

const RAW_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Reads the request in `file`, takes its rows as a push of its device, and writes the answer to `answerFile`. Nothing is taken of a bundle
 * that is not whole and signed by a device that is enrolled, admitted and not revoked. Rejects with {@link AdminError}.
 */
export async function answerBundle(desk: BundleDesk, file: string, answerFile: string): Promise<BundleReading> {
  return readFrom(file, async (open) => {
    const { bundle, caller } = await openRequest(desk, open);
    await noteReading(desk.db, bundle.head);
    const receipt = await takeRows(desk, caller, bundle);
    const answered = await writeAnswer(desk, caller, bundle.head, receipt, answerFile);
    return { device: caller.device, unit: caller.unit, accepted: receipt.accepted.length, rejected: receipt.rejected.length, conflicts: receipt.conflicts.length, answered };
  });
}

/** The whole, signed request and the device that made it. */
async function openRequest({ db, ca: { keys, pin }, now }: BundleDesk, open: () => ReadBytes): Promise<{ readonly bundle: ReadBundle; readonly caller: CourierCaller }> {
  let caller: CourierCaller | undefined;
  const reader: BundleReader = {
    boxKey: keys.boxKey,
    agree: (eph) => agreeWith(keys.boxPrivateKey, keys.boxKey, eph),
    isMine: ({ kind, hub }) => kind === 'request' && hub === bytesToHex(pin),
    verify: async ({ device }, bytes, signature) => {
      caller = await findCourierCaller(db, device);
      return caller !== undefined && verify(null, bytes, createPublicKey({ key: Buffer.concat([RAW_ED25519, caller.signKey]), format: 'der', type: 'spki' }), signature);
    },
    now: now(),
  };
  const bundle = await refused(readBundle(BUNDLE_CRYPTO, reader, open));
  if (!caller || caller.revoked) throw new AdminError(`device ${bundle.head.device} is revoked: nothing of its bundle was taken`);
  if (!caller.admitted) throw new AdminError(`device ${bundle.head.device} is not admitted by its unit yet`);
  return { bundle, caller };
}

async function refused<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof BundleError) throw new AdminError(REFUSALS[error.code]);
    throw error;
  }
}

/** A request read before may be read again; one older than the newest may not. */
async function noteReading(db: Database, { device, seq, id }: BundleHead): Promise<void> {
  const noted = await db.admin((sql) =>
    sql.rows(
      `insert into bundle_read (device, seq, bundle) values ($1, $2, $3)
       on conflict (device) do update set seq = excluded.seq, bundle = excluded.bundle, read_at = now()
       where bundle_read.seq < excluded.seq or (bundle_read.seq = excluded.seq and bundle_read.bundle = excluded.bundle) returning device`,
      [device, seq, id],
    ),
  );
  if (noted.length === 0) throw new AdminError(REFUSALS['bundle-older']);
}

async function takeRows({ db, now }: BundleDesk, caller: CourierCaller, bundle: ReadBundle): Promise<BundleReceipt> {
  const accepted: (readonly [string, string])[] = [];
  const rejected: { id: string; rev: string; reason: string }[] = [];
  const conflicts: BundleReceipt['conflicts'][number][] = [];
  for (const frame of bundle.frames()) {
    if (frame.t !== 'rows') continue;
    for (let at = 0; at < frame.rows.length; at += BUNDLE_FRAME_ROWS) {
      const rows = frame.rows.slice(at, at + BUNDLE_FRAME_ROWS);
      const answer = await push(db, caller, rows, now(), { epoch: bundle.head.epoch || undefined });
      if (answer === 'epoch') return { accepted: [], rejected: [], conflicts: [] }; // the device compares first, from the answer's pages
      if (typeof answer === 'string') throw new AdminError(REFUSALS['bundle-altered']);
      const revs = new Map(rows.map(({ rec }: PushRow) => [rec.id, rec.rev]));
      const left = new Set([...answer.conflicts, ...answer.rejected].map(({ id }) => id));
      for (const [id, rev] of revs) if (!left.has(id)) accepted.push([id, rev]);
      for (const { id, reason } of answer.rejected) rejected.push({ id, rev: revs.get(id) ?? '', reason });
      for (const row of answer.conflicts) conflicts.push({ rev: revs.get(row.id) ?? '', row });
    }
  }
  return { accepted, rejected, conflicts };
}

/** Answers how many rows the pages of the answer have. */
async function writeAnswer(desk: BundleDesk, caller: CourierCaller, request: BundleHead, receipt: BundleReceipt, file: string): Promise<number> {
  const head = { ...newHead(desk), kind: 'answer', device: caller.device, seq: request.seq, epoch: request.epoch, cursor: request.cursor } as const;
  const rows = await writeWhole(desk, { file, recipient: caller.boxKey, head }, async (writer) => {
    writer.add({ t: 'directory', directory: await readWholeDirectory(desk.db, caller, desk.ca.keys), keys: await readKeys(desk.db, caller) });
    writer.add({ t: 'receipt', ...receipt });
    return writePages(desk.db, caller, request.cursor, writer);
  });
  await noteDelivered(desk.db, caller);
  return rows;
}

/** Runs `read` with an opener of the file's bytes; every opening begins at the first byte, and all are closed afterwards. */
async function readFrom<T>(file: string, read: (open: () => ReadBytes) => Promise<T>): Promise<T> {
  const handles: number[] = [];
  const open = (): ReadBytes => {
    const handle = openSync(file, 'r');
    handles.push(handle);
    return (length) => {
      const bytes = new Uint8Array(length);
      let at = 0;
      for (let got = 1; at < length && got > 0; at += got) got = readSync(handle, bytes, at, length - at, null);
      return bytes.subarray(0, at);
    };
  };
  try {
    return await read(open);
  } finally {
    for (const handle of handles) closeSync(handle);
  }
}

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { BucketKeys } from '../../../src-main/link/sealing.ts';
import type { ContentLane } from '../../../src-main/content/lane.ts';
import type { Pace } from '../../../src-main/content/pace.ts';
import { openTransferNotes } from '../../../src-main/content/transfer-notes.ts';
import { createTransfers, type Transfers } from '../../../src-main/content/transfers.ts';
import { runJob } from '../../../src-main/vault/run-job.ts';
import type { SendContent } from '#shared/contract/transfers.ts';
import { createTestVault, digest, newId, type TestVault } from '../vault/vault-fixture.ts';

/** Keys of a bucket both sides hold. */
const SHARED_KEY = new Uint8Array(32).fill(3);
export const KEYS: BucketKeys = {
  current: (bucket) => (bucket === 't:joint' ? { epoch: 1, key: SHARED_KEY } : undefined),
  ofEpoch: (bucket, epoch) => (bucket === 't:joint' && epoch === 1 ? SHARED_KEY : undefined),
  unitPublicKey: () => undefined,
  own: { bucket: 'u:la-cyber', privateKeys: [undefined as never] },
};

/** What the system was already asked for at a kill is done after this. */
const LAST_WORK_MS = 20;

/** A device with a vault; `open` begins its transfers as an unlock does, also after the last ones were ended abruptly. */
export interface TransferDevice {
  readonly vault: TestVault;
  readonly open: () => Transfers;
  /** Leaves everything as a killed process would: nothing is written any more once it resolves. */
  readonly kill: () => Promise<void>;
}

/** `target`, and what its methods answer, with methods that are never carried out once `isAlive` says no: a killed process asks no disk either. */
function mortal<T extends object>(target: T, isAlive: () => boolean): T {
  return new Proxy(target, {
    get: (from, name) => {
      const method: unknown = Reflect.get(from, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        if (!isAlive()) return new Promise(() => undefined);
        const answer: unknown = await Reflect.apply(method, from, args);
        return Object(answer) === answer && !Array.isArray(answer) && !ArrayBuffer.isView(answer) ? mortal(answer as object, isAlive) : answer;
      };
    },
  });
}

/** Creates a device over a lane; `length` says how large the next request is. */
export function createTransferDevice(lane: ContentLane, length: () => number): TransferDevice {
  const made = createTestVault();
  // digests in this thread: starting one for every small file is most of the time
  const { createHasher: _hasher, ...plainVault } = made.vault;
  const vault = { ...made, vault: plainVault };
  const folder = path.join(vault.root, 'content');
  mkdirSync(folder, { recursive: true });
  const notesKey = new Uint8Array(32).fill(5);
  const pace: Pace = { length, told: () => undefined, rate: () => 1000, gapMs: () => 0 };
  let generation = 0;
  return {
    vault,
    kill: () => {
      generation++;
      return new Promise((resolve) => setTimeout(resolve, LAST_WORK_MS));
    },
    open: () => {
      const mine = ++generation;
      /** A killed device asks nothing and hears nothing. */
      const alive = <T>(work: () => Promise<T>): Promise<T> => (mine === generation ? work() : new Promise(() => undefined));
      const heard = <T>(work: () => Promise<T>): Promise<T> => alive(work).then((answer) => (mine === generation ? answer : new Promise<T>(() => undefined)));
      const own = { ...vault.vault, disk: mortal(vault.vault.disk, () => mine === generation) };
      return createTransfers({
        folder,
        vault: own,
        pace,
        notes: openTransferNotes(path.join(folder, 'notes.bin'), notesKey.slice()),
        lane: {
          offer: (offer) => heard(() => lane.offer(offer)),
          state: (content) => heard(() => lane.state(content)),
          put: (id, at, bytes) => heard(() => lane.put(id, at, bytes)),
          get: (content, at, size, onBytes) => heard(() => lane.get(content, at, size, (bytes) => mine === generation && onBytes(bytes))),
          end: (content) => heard(() => lane.end(content)),
        },
        keys: () => KEYS,
        bringIn: (_content, part) => heard(() => runJob(own, { kind: 'receive', ...part }, new AbortController().signal, () => undefined)),
        discard: (id) => alive(() => runJob(own, { kind: 'discard', id }, new AbortController().signal, () => undefined)),
        settleImport: (id) => alive(() => runJob(own, { kind: 'settle', id }, new AbortController().signal, () => undefined)),
        now: () => performance.now(),
        waitMs: 2,
        onChange: () => undefined,
      });
    },
  };
}

/** Seals `bytes` as an exhibit of the device's vault and names it as its record would. */
export async function exhibitOf(device: TransferDevice, bytes: Uint8Array): Promise<Omit<SendContent, 'reader'>> {
  const id = newId();
  const source = device.vault.source(`source-${randomBytes(4).toString('hex')}`, bytes);
  const added = await runJob(device.vault.vault, { kind: 'begin', id, source, name: 'phone.zip', note: '' }, new AbortController().signal, () => undefined);
  if (!added.ok) throw new Error(added.error.code);
  return { exhibit: newId(), owner: 'la-cyber', vaultId: id, name: 'phone.zip', sizeBytes: bytes.length, sha256: digest('sha256', bytes), audience: ['t:joint'] };
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_BYTES, sealedContentBytes } from '#shared/contract/content.ts';
import type { Transfers } from '../../../src-main/content/transfers.ts';
import { runJob } from '../../../src-main/vault/run-job.ts';
import { createContentHub, type ContentHub, type Fate } from '../../factories/content-hub.ts';
import { content, newId, VAULT_CANARY, valueOf } from '../vault/vault-fixture.ts';
import { createTransferDevice, exhibitOf, type TransferDevice } from './transfer-fixture.ts';

const FATES: readonly Fate[] = ['fine', 'fine', 'fine', 'fine', 'cut', 'middle', 'middle', 'answer-lost'];
const NO_STOP = new AbortController().signal;

/** Deterministic numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const until = (holds: () => boolean): Promise<void> => expect.poll(holds, { timeout: 20_000, interval: 2 }).toBe(true);
const stageOf = (transfers: Transfers, id: string) => transfers.list().find((transfer) => transfer.content === id)?.stage;

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
const showsCanary = (device: TransferDevice): boolean => filesOf(device.vault.root).some((file) => !path.basename(file).startsWith('source-') && readFileSync(file).includes(VAULT_CANARY));

async function verify(device: TransferDevice, vaultId: string, sha256: string): Promise<string> {
  return valueOf(await runJob(device.vault.vault, { kind: 'verify', id: vaultId, sha256 }, NO_STOP, () => undefined)).state;
}

describe('transfers', () => {
  it('arrive whole whatever is cut, lost or killed, and send hardly a byte twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), fc.oneof(fc.constantFrom(0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1), fc.integer({ min: 0, max: 500_000 })), async (seed, size) => {
        const next = numbers(seed);
        const length = () => 1 + Math.floor(next() * PIECE_BYTES);
        const hub: ContentHub = createContentHub(() => FATES[Math.floor(next() * FATES.length)] ?? 'fine', next);
        const [laos, manila] = [createTransferDevice(hub.lane, length), createTransferDevice(hub.lane, length)];
        const exhibit = await exhibitOf(laos, content(size));
        const { audience: _audience, ...arriving } = exhibit;
        let [sender, receiver] = [laos.open(), manila.open()];
        const { content: id } = valueOf(sender.send({ ...exhibit, reader: newId() }));
        valueOf(receiver.receive({ ...arriving, content: id }));
        for (let kills = 0; kills < 4; kills++) {
          await new Promise((resolve) => setTimeout(resolve, next() * 15));
          if (next() < 0.5) {
            await laos.kill();
            sender = laos.open();
          } else {
            await manila.kill();
            receiver = manila.open();
          }
          if (next() < 0.3) {
            receiver.pause(id, true);
            await new Promise((resolve) => setTimeout(resolve, 5));
            receiver.pause(id, false);
          }
        }
        await until(() => stageOf(receiver, id) === 'done');
        expect(await verify(manila, exhibit.vaultId, exhibit.sha256)).toBe('intact');
        const sealed = sealedContentBytes(size);
        // nothing is sent twice but what a killed process had on its way
        expect(hub.crossed.up - sealed).toBeLessThanOrEqual(4 * PIECE_BYTES);
        expect(hub.crossed.down - sealed).toBeLessThanOrEqual(4 * PIECE_BYTES);
        expect(showsCanary(laos) || showsCanary(manila)).toBe(false);
        valueOf(await receiver.settle(id));
        await until(() => receiver.list().length === 0 && !hub.has(id));
        sender.close();
        receiver.close();
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  it('loses no byte to a cut: both sides go on exactly where it fell', async () => {
    const next = numbers(7);
    const hub = createContentHub(() => (next() < 0.5 ? 'middle' : 'fine'), next);
    const [laos, manila] = [createTransferDevice(hub.lane, () => PIECE_BYTES), createTransferDevice(hub.lane, () => PIECE_BYTES)];
    const exhibit = await exhibitOf(laos, content(1_000_000));
    const { audience: _audience, ...arriving } = exhibit;
    const [sender, receiver] = [laos.open(), manila.open()];
    const { content: id } = valueOf(sender.send({ ...exhibit, reader: newId() }));
    valueOf(receiver.receive({ ...arriving, content: id }));
    await until(() => stageOf(receiver, id) === 'done');
    expect(hub.cuts()).toBeGreaterThan(10);
    expect(hub.crossed).toEqual({ up: sealedContentBytes(1_000_000), down: sealedContentBytes(1_000_000) });
    sender.close();
    receiver.close();
  });

  it('tells the hub of one that was paused while its last piece came', async () => {
    const hub = createContentHub(
      () => 'fine',
      () => 0,
    );
    const [laos, manila] = [createTransferDevice(hub.lane, () => PIECE_BYTES), createTransferDevice(hub.lane, () => PIECE_BYTES)];
    const exhibit = await exhibitOf(laos, content(100));
    const { audience: _audience, ...arriving } = exhibit;
    const [sender, receiver] = [laos.open(), manila.open()];
    const { content: id } = valueOf(sender.send({ ...exhibit, reader: newId() }));
    hub.tamper = (bytes) => {
      receiver.pause(id, true);
      return bytes;
    };
    valueOf(receiver.receive({ ...arriving, content: id }));
    await until(() => stageOf(receiver, id) === 'done');
    valueOf(await receiver.settle(id));
    await until(() => receiver.list().length === 0 && !hub.has(id));
    sender.close();
    receiver.close();
  });

  it('fetches a piece again that was altered on the way, and gives up on one that always is', async () => {
    const hub = createContentHub(
      () => 'fine',
      () => 0,
    );
    const [laos, manila] = [createTransferDevice(hub.lane, () => 20_000), createTransferDevice(hub.lane, () => 20_000)];
    const exhibit = await exhibitOf(laos, content(200_000));
    const { audience: _audience, ...arriving } = exhibit;
    const [sender, receiver] = [laos.open(), manila.open()];
    const { content: id } = valueOf(sender.send({ ...exhibit, reader: newId() }));
    let left = 2;
    hub.tamper = (bytes, at) => (at < 100_000 || left-- <= 0 ? bytes : Buffer.from(bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))));
    valueOf(receiver.receive({ ...arriving, content: id }));
    await until(() => stageOf(receiver, id) === 'done');
    expect(await verify(manila, exhibit.vaultId, exhibit.sha256)).toBe('intact');

    const { content: again } = valueOf(sender.send({ ...exhibit, reader: newId() }));
    const other = createTransferDevice(hub.lane, () => 20_000);
    const receiving = other.open();
    hub.tamper = (bytes, at) => (at < 100_000 ? bytes : Buffer.from(bytes.map((byte) => byte ^ 1)));
    valueOf(receiving.receive({ ...arriving, content: again }));
    await until(() => receiving.list()[0]?.error?.code === 'content-differs');
    expect(stageOf(receiving, again)).toBe('paused');
    expect(await verify(other, exhibit.vaultId, exhibit.sha256)).toBe('manifest-missing');
    for (const transfers of [sender, receiver, receiving]) transfers.close();
  });

  it('puts nothing into the vault whose whole is not what the exhibit’s record says', async () => {
    const hub = createContentHub(
      () => 'fine',
      () => 0,
    );
    const [laos, manila] = [createTransferDevice(hub.lane, () => 50_000), createTransferDevice(hub.lane, () => 50_000)];
    const exhibit = await exhibitOf(laos, content(300_000));
    const { audience: _audience, ...arriving } = exhibit;
    const [sender, receiver] = [laos.open(), manila.open()];
    const { content: id } = valueOf(sender.send({ ...exhibit, reader: newId() }));
    valueOf(receiver.receive({ ...arriving, sha256: 'a'.repeat(64), content: id }));
    await until(() => receiver.list()[0]?.error?.code === 'content-differs');
    expect(await verify(manila, exhibit.vaultId, exhibit.sha256)).toBe('manifest-missing');
    expect(filesOf(path.join(manila.vault.root, 'vault', 'chunks'))).toEqual([]);
    await receiver.cancel(id);
    expect(filesOf(path.join(manila.vault.root, 'content')).map((file) => path.basename(file))).toEqual(['notes.bin']);
    sender.close();
    receiver.close();
  });

  it('can be given up on either side: the hub keeps nothing, and nothing of it stays', async () => {
    const hub = createContentHub(
      () => 'fine',
      () => 0,
    );
    const [laos, manila] = [createTransferDevice(hub.lane, () => 1000), createTransferDevice(hub.lane, () => 1000)];
    const exhibit = await exhibitOf(laos, content(400_000));
    const { audience: _audience, ...arriving } = exhibit;
    const [sender, receiver] = [laos.open(), manila.open()];
    const { content: id } = valueOf(sender.send({ ...exhibit, reader: newId() }));
    valueOf(receiver.receive({ ...arriving, content: id }));
    await until(() => (receiver.list()[0]?.doneBytes ?? 0) > 3000);
    await sender.cancel(id);
    await until(() => !hub.has(id));
    await until(() => receiver.list()[0]?.error?.code === 'content-gone');
    await receiver.cancel(id);
    await until(() => receiver.list().length === 0 && sender.list().length === 0);
    expect(filesOf(path.join(manila.vault.root, 'content')).map((file) => path.basename(file))).toEqual(['notes.bin']);
    sender.close();
    receiver.close();
  });
});

import 'reflect-metadata';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Directory } from '#shared/contract/sync.ts';
import { openDeviceCa } from '../../../src-hub/identity/ca.ts';
import { createCourier } from '../../../src-main/courier/courier.ts';
import type { CourierMemory } from '../../../src-main/courier/courier-memory.ts';
import { createIdentity } from '../../../src-main/keys/identity.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'suar-courier-'));
let ca: Awaited<ReturnType<typeof openDeviceCa>>;
beforeAll(async () => {
  ca = await openDeviceCa(path.join(folder, 'ca'));
});

/** A courier whose notes reach the disk `writes` times; then the disk refuses. */
function courierOf(writes: number) {
  const identity = {
    ...createIdentity('Invented officer'),
    unitConfirmed: true,
    hub: { host: '127.0.0.1', port: 1, ca: ca.certPem, cert: '', unit: 'la-cyber', role: 'officer' as const },
  };
  let memory: CourierMemory = { seq: 0, made: null, answered: 0, read: null };
  let left = writes;
  return createCourier({
    memory: {
      get: () => memory,
      set: (next) => {
        if (left-- <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        memory = next;
      },
      close: () => undefined,
    },
    identity: () => identity as never,
    directory: () => ({ hub: ca.keys }) as unknown as Directory,
    ledger: { get: () => undefined, note: () => undefined },
    refreshDirectory: () => Promise.resolve(undefined),
    expectPurge: () => undefined,
    countUnreadable: () => undefined,
    takeDirectory: () => undefined,
    now: () => Date.now(),
    directoryAsOf: () => 0,
  });
}
const make = (writes: number, name: string) => {
  const courier = courierOf(writes);
  const begun = courier.begin(path.join(folder, name), { cursor: '', epoch: '' });
  return begun.ok ? { finished: courier.finish(), state: courier.state() } : { finished: begun, state: courier.state() };
};

it('is made and remembered', () => {
  const { finished, state } = make(2, 'a.suarbundle');
  expect(finished).toMatchObject({ ok: true, value: { name: 'a.suarbundle', rows: 0 } });
  expect(state.made).toMatchObject({ name: 'a.suarbundle' });
});

it('is told as made where the file is whole and only the note of it is refused by the disk', () => {
  const { finished, state } = make(1, 'b.suarbundle');
  expect(finished).toMatchObject({ ok: true, value: { name: 'b.suarbundle' } });
  expect([existsSync(path.join(folder, 'b.suarbundle')), state.made]).toEqual([true, null]);
});

it('does not begin where its number cannot be written down', () => {
  expect(make(0, 'c.suarbundle').finished).toMatchObject({ ok: false, error: { code: 'bundle-not-saved' } });
  expect(existsSync(path.join(folder, 'c.suarbundle'))).toBe(false);
});

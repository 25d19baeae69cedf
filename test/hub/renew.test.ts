/** Certificates that are renewed, ended, retired, stolen; devices whose clock is years away. The device's side is the application's own. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LinkStatus } from '#shared/contract/link.ts';
import { createIdentity, type Identity } from '../../src-main/keys/identity.ts';
import { createCsr } from '../../src-main/link/csr.ts';
import { enrolDevice, tlsKeyPem } from '../../src-main/link/enrol.ts';
import { createHubClient, type HubClient } from '../../src-main/link/hub-client.ts';
import { isRenewalDue, renewalProof, renewCertificate, timeFloor } from '../../src-main/link/renew.ts';
import { createLink } from '../../src-main/link/link.ts';
import type { IdentityHolder } from '../../src-main/link/session.ts';
import { openDeviceCa } from '../../src-hub/identity/ca.ts';
import type { Hub } from '../../src-hub/server.ts';
import { describeEngines, tempDir } from './engines.ts';
import { REGION, startHub } from './support.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

interface Holder extends IdentityHolder {
  /** How often the identity reached the disk. */
  readonly saves: () => number;
}

function holderOf(identity: Identity): Holder {
  let current = identity;
  let saves = 0;
  return {
    current: () => current,
    save: (next) => {
      current = next;
      saves++;
    },
    saves: () => saves,
  };
}

/** A deep copy, as a file on the disk is one: zeroing the bytes of one leaves the other. */
const snapshot = (identity: Identity): Identity => ({ ...identity, tlsKey: Uint8Array.from(identity.tlsKey) });

async function enrolAt(hub: Hub, identity = createIdentity('Invented Officer')): Promise<Holder> {
  const bound = await enrolDevice(identity, await hub.admin.createCode('la-cyber', 'officer', '127.0.0.1', hub.port));
  if (!bound.ok) throw new Error(bound.error.code);
  return holderOf({ ...identity, hub: bound.value });
}

/** Runs requests over a connection of its own, as this identity. */
async function over<T>(identity: Identity, run: (client: HubClient) => Promise<T>): Promise<T> {
  if (!identity.hub) throw new Error('not enrolled');
  const { host, port, ca, cert } = identity.hub;
  const client = createHubClient({ host, port, ca, cert, key: tlsKeyPem(identity), floorMs: timeFloor(identity.hub) });
  try {
    return await run(client);
  } finally {
    client.close();
  }
}

const ask = (identity: Identity): Promise<string> =>
  over(identity, async (client) => {
    const answer = await client.request('GET', '/v1/keys');
    return answer.ok ? 'ok' : answer.error.code;
  });
const renew = (holder: IdentityHolder): Promise<string> =>
  over(holder.current(), async (client) => {
    const answer = await renewCertificate(client, holder);
    return answer.ok ? 'ok' : answer.error.code;
  });

describeEngines('renewal of certificates', (engine) => {
  let hub: Hub;
  let aheadMs = 0;
  const at = async (ms: number, run: () => Promise<void>): Promise<void> => {
    aheadMs = ms;
    try {
      await run();
    } finally {
      aheadMs = 0;
    }
  };
  beforeAll(async () => {
    hub = await startHub(engine, { clock: () => Date.now() + aheadMs });
    await hub.admin.seedRegion(REGION);
  });
  afterAll(() => hub.close());

  it('is due in the last third of a certificate, and not before', async () => {
    const holder = await enrolAt(hub);
    const cert = holder.current().hub?.cert ?? '';
    expect([0, 59, 61, 89, 91, 9999].map((days) => isRenewalDue(cert, Date.now() + days * DAY_MS))).toEqual([false, false, true, true, true, true]);
  });

  it('gives a new certificate for a new key, and ends the old one when the new one is used', async () => {
    const holder = await enrolAt(hub);
    const old = snapshot(holder.current());
    expect(await ask(old)).toBe('ok');
    expect(await renew(holder)).toBe('ok');
    expect(holder.saves()).toBe(1);
    expect(holder.current().hub?.cert).not.toBe(old.hub?.cert);
    expect(Buffer.from(holder.current().tlsKey).equals(old.tlsKey)).toBe(false);
    expect(await ask(old)).toBe('ok'); // the new one is not used yet
    expect(await ask(holder.current())).toBe('ok');
    expect(await ask(old)).toBe('certificate-ended');
  });

  it('loses no identity to a kill before the new certificate is kept, however often', async () => {
    const holder = await enrolAt(hub);
    for (let kill = 0; kill < 3; kill++) {
      const onDisk = snapshot(holder.current());
      expect(await over(holder.current(), async (client) => (await renewCertificate(client, holderOf(snapshot(onDisk)))).ok)).toBe(true);
      expect(await ask(onDisk)).toBe('ok');
    }
    expect(await renew(holder)).toBe('ok');
    expect(await ask(holder.current())).toBe('ok');
  });

  it('lets an identity restored from a backup renew over the certificate it has', async () => {
    const holder = await enrolAt(hub);
    const backup = holderOf(snapshot(holder.current()));
    await renew(holder);
    await ask(holder.current());
    expect(await ask(backup.current())).toBe('certificate-ended');
    expect(await renew(backup)).toBe('ok');
    expect(await ask(backup.current())).toBe('ok');
    expect(await ask(holder.current())).toBe('certificate-ended');
  });

  it('renews a certificate that has ended, up to the grace, and then takes a new code and keeps the device', async () => {
    const holder = await enrolAt(hub);
    await at(91 * DAY_MS, async () => {
      expect(await ask(holder.current())).toBe('certificate-ended');
      expect(await renew(holder)).toBe('ok');
      expect(await ask(holder.current())).toBe('ok');
    });
    await at((91 + 90 + 181) * DAY_MS, async () => {
      expect(await ask(holder.current())).toBe('not-enrolled');
      expect(await renew(holder)).toBe('not-enrolled');
      const again = await enrolAt(hub, holder.current());
      expect(await ask(again.current())).toBe('ok');
      expect((await hub.admin.listDevices()).filter(({ id }) => id === holder.current().deviceId)).toHaveLength(1);
    });
  });

  it('renews for nobody but the device itself', async () => {
    const holder = await enrolAt(hub);
    const thief = createIdentity('Thief');
    const csr = await createCsr(holder.current().deviceId, thief.tlsKey);
    await at(91 * DAY_MS, async () => {
      // the TLS key alone is not enough, whatever is signed with another key or over another request
      for (const proof of [renewalProof({ ...thief, deviceId: holder.current().deviceId }, csr), renewalProof(holder.current(), `${csr} `), new Uint8Array(64)]) {
        expect(await over(holder.current(), (client) => client.request('POST', '/v1/renew', { csr, proof }))).toMatchObject({ error: { code: 'not-enrolled' } });
      }
      // an authority of the same name, whose certificates have ended too: OpenSSL tells only the end
      const forger = await openDeviceCa(tempDir(), () => Date.now() - YEAR_MS);
      const forged = await forger.signDevice(csr, holder.current().deviceId, 'la-cyber');
      const impostor = { ...holder.current(), tlsKey: thief.tlsKey, hub: { ...(holder.current().hub ?? fail()), cert: forged?.cert ?? '' } };
      expect(await over(impostor, (client) => client.request('POST', '/v1/renew', { csr, proof: renewalProof(holder.current(), csr) }))).toMatchObject({ error: { code: 'not-enrolled' } });
      expect(await ask(impostor)).toBe('not-enrolled');
    });
    await hub.admin.revokeDevice(holder.current().deviceId);
    expect(await renew(holder)).toBe('device-revoked');
    const code = await hub.admin.createCode('la-cyber', 'officer', '127.0.0.1', hub.port);
    expect(await enrolDevice(holder.current(), code)).toMatchObject({ error: { code: 'code-refused' } });
  });

  it.each([
    ['is in its last third', 65],
    ['has ended', 120],
  ])('is renewed by the link itself where the certificate %s', async (_name, days) => {
    const holder = await enrolAt(hub);
    const old = holder.current().hub?.cert;
    await at(days * DAY_MS, async () => {
      const states: LinkStatus[] = [];
      let onStatus: (status: LinkStatus) => void = () => undefined;
      const link = createLink({ folder: tempDir(), dataKey: randomBytes(32), holder, onStatus: (status) => onStatus(status), onWake: () => undefined });
      await new Promise<void>((resolve, reject) => {
        onStatus = (status) => {
          states.push(status);
          if (status.state === 'online') resolve();
          if (status.error) reject(new Error(status.error.code));
        };
      });
      link.close();
      expect(holder.current().hub?.cert).not.toBe(old);
      expect(Math.round((states.at(-1)?.clockOffsetMs ?? 0) / DAY_MS)).toBe(days);
      expect(await ask(holder.current())).toBe('ok');
    });
  });

  it.each([
    ['10 years behind', 10 * YEAR_MS],
    ['10 years ahead', -10 * YEAR_MS],
    ['3 hours ahead', -3 * 3_600_000],
  ])('serves a device whose clock is %s, and tells the difference', async (_name, hubAheadMs) => {
    const elsewhen = await startHub(engine, { clock: () => Date.now() + hubAheadMs });
    await elsewhen.admin.seedRegion(REGION);
    const holder = await enrolAt(elsewhen);
    expect(await ask(holder.current())).toBe('ok');
    const offset = await over(holder.current(), async (client) => {
      await client.request('GET', '/v1/keys');
      return client.clockOffsetMs() ?? 0;
    });
    expect(Math.abs(offset - hubAheadMs)).toBeLessThan(60_000);
    expect(isRenewalDue(holder.current().hub?.cert ?? '', Date.now() + offset)).toBe(false);
    expect(await renew(holder)).toBe('ok');
    expect(await ask(holder.current())).toBe('ok');
    await elsewhen.close();
  });
});

function fail(): never {
  throw new Error('not enrolled');
}

import type { HubBinding } from '../keys/identity.ts';

/** Where one hub answers. */
export interface HubAddress {
  readonly host: string;
  readonly port: number;
}

/** The hubs a device may go on with, without duplicates: those of the directory, then the one it enrolled with. */
export function hubAddresses({ host, port, addresses = [] }: Pick<HubBinding, 'host' | 'port' | 'addresses'>): readonly [HubAddress, ...HubAddress[]] {
  const own = { host, port };
  const texts = [...new Set([...addresses, `${host}:${port}`])];
  const [first = own, ...others] = texts.map((text) => {
    const at = text.lastIndexOf(':');
    return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
  });
  return [first, ...others];
}

/** Where a device begins among `count` hubs: devices spread over them, each always in the same place. */
export function firstTurn(deviceId: string, count: number): number {
  return Number.parseInt(deviceId.replaceAll('-', '').slice(-6), 16) % count;
}

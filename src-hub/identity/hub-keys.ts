import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The keys a hub signs its bundles with and opens those for it. */
export interface HubKeys {
  /** Raw 32 bytes each: Ed25519 and X25519. */
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
  readonly boxPrivateKey: KeyObject;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** The public half of an Ed25519 or X25519 key, raw 32 bytes. */
function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
}

function openKey(file: string, make: () => KeyObject): KeyObject {
  if (!existsSync(file)) writeFileSync(file, make().export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  return createPrivateKey(readFileSync(file));
}

/** Opens the keys kept beside the CA (sign.key, box.key; mode 0600), or makes them. Hubs that share a database share the folder. */
export function openHubKeys(folder: string): HubKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const signing = openKey(join(folder, 'sign.key'), () => generateKeyPairSync('ed25519').privateKey);
  const box = openKey(join(folder, 'box.key'), () => generateKeyPairSync('x25519').privateKey);
  return { signKey: rawPublicKey(signing), boxKey: rawPublicKey(box), boxPrivateKey: box, sign: (bytes) => new Uint8Array(sign(null, bytes, signing)) };
}

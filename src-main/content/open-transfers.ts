import path from 'node:path';
import type { ContentTransfer } from '#shared/contract/transfers.ts';
import type { Identity } from '../keys/identity.ts';
import { deriveKey } from '../keys/sealed-box.ts';
import type { Link } from '../link/link.ts';
import { bucketKeysOf } from '../link/unit-keys.ts';
import { nodeDisk } from '../vault/disk.ts';
import type { Vault } from '../vault/vault.ts';
import { deriveVaultKeys, zeroVaultKeys } from '../vault/vault-keys.ts';
import { createContentLane } from './lane.ts';
import { createPace } from './pace.ts';
import { openTransferNotes } from './transfer-notes.ts';
import { createTransfers, type Transfers } from './transfers.ts';

/** Wait after a failure that passes, and for the other side at first, in milliseconds. */
const WAIT_MS = 2_000;

/** What transfers need of an unlocked profile. */
export interface TransferParts {
  readonly profileFolder: string;
  readonly dataKey: Uint8Array;
  readonly link: Pick<Link, 'media'>;
  readonly vault: Pick<Vault, 'receive' | 'discard' | 'settle'>;
  readonly identity: () => Identity;
  readonly onChange: (list: readonly ContentTransfer[]) => void;
}

/** The transfers of an unlocked profile; what comes in lies sealed in its folder `content` until the vault has it. */
export function openTransfers({ profileFolder, dataKey, link, vault, identity, onChange }: TransferParts): Transfers {
  const folder = path.join(profileFolder, 'content');
  const vaultKey = deriveKey(dataKey, new Uint8Array(), 'suar-vault-1');
  const keys = deriveVaultKeys(vaultKey);
  vaultKey.fill(0);
  const transfers = createTransfers({
    folder,
    vault: { folder: path.join(profileFolder, 'vault'), keys, disk: nodeDisk },
    lane: createContentLane(link),
    notes: openTransferNotes(path.join(folder, 'notes.bin'), deriveKey(dataKey, new Uint8Array(), 'suar-transfers-1')),
    pace: createPace(),
    keys: () => bucketKeysOf(identity()),
    bringIn: (content, part) => vault.receive(content, part),
    discard: (vaultId) => vault.discard(vaultId),
    settleImport: (vaultId) => vault.settle(vaultId),
    now: () => performance.now(),
    waitMs: WAIT_MS,
    onChange,
  });
  return {
    ...transfers,
    close: () => {
      transfers.close();
      zeroVaultKeys(keys);
    },
  };
}

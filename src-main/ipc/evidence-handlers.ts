import type { BrowserWindow } from 'electron';
import { err, ok } from '#shared/base/result.ts';
import type { IpcChannel } from '#shared/contract/ipc.ts';
import { checkCustody, signEntry } from '../custody/custody.ts';
import type { Vault } from '../vault/vault.ts';
import type { HandlerContext } from './handlers.ts';
import type { IpcHandlers } from './register.ts';

type EvidenceChannel = Extract<IpcChannel, `vault.${string}` | `custody.${string}`>;

const LOCKED = err({ code: 'locked' } as const);

/** Handlers of the vault and of custody; every one is `locked` while the profile is. */
export function createEvidenceHandlers({ profiles, window }: Pick<HandlerContext, 'profiles' | 'window'>): Pick<IpcHandlers, EvidenceChannel> {
  const vaulted = <T>(run: (vault: Vault) => T): T | typeof LOCKED => {
    const evidence = profiles.current()?.evidence();
    return evidence ? run(evidence.vault) : LOCKED;
  };
  const inWindow = <T>(run: (vault: Vault, window: BrowserWindow) => T): T | typeof LOCKED => {
    const current = window();
    return current ? vaulted((vault) => run(vault, current)) : LOCKED;
  };
  return {
    'vault.pick': () => inWindow((vault, current) => vault.pick(current)),
    'vault.add': ({ job, token, note }) => vaulted((vault) => vault.add(job, token, note)),
    'vault.resume': ({ job }) => vaulted((vault) => vault.resume(job)),
    'vault.stop': ({ job }) => {
      profiles.current()?.evidence()?.vault.stop(job);
      return null;
    },
    'vault.unfinished': () => vaulted((vault) => vault.unfinished()),
    'vault.settle': ({ job }) => vaulted((vault) => vault.settle(job)),
    'vault.discard': ({ job }) => vaulted((vault) => vault.discard(job)),
    'vault.verify': ({ job, vaultId, sha256 }) => vaulted((vault) => vault.verify(job, vaultId, sha256)),
    'vault.export': ({ job, vaultId, name }) => inWindow((vault, current) => vault.export(job, vaultId, name, current)),
    'custody.sign': ({ entries, act }) => {
      const evidence = profiles.current()?.evidence();
      return evidence ? ok(signEntry(evidence.identity, entries, act, Date.now)) : LOCKED;
    },
    'custody.check': ({ head, entries }) => {
      const evidence = profiles.current()?.evidence();
      return evidence ? ok(checkCustody(evidence.identity, head, entries)) : LOCKED;
    },
  };
}

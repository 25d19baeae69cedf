import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { dialog, utilityProcess, type BrowserWindow, type UtilityProcess } from 'electron';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ChosenFile, VaultExport, VaultProgress } from '#shared/contract/vault.ts';
import { nodeDisk } from './disk.ts';
import type { ReceivedPart } from './receive.ts';
import type { VaultAnswers, VaultJob } from './run-job.ts';
import type { VaultMessage, VaultReply } from './vault-process.ts';

/** How long a process may take to stop by itself before it is ended, in milliseconds. */
const STOP_MS = 2000;

type Answer<T> = Promise<Result<T, AppError>>;

/** The evidence vault of an unlocked profile. One long job at a time; a second is `vault-busy`. Cleared by lock. */
export interface Vault {
  /** Lets the officer choose a file; null where they chose none. Its path stays here. */
  readonly pick: (window: BrowserWindow) => Answer<ChosenFile | null>;
  /** Seals the chosen file as exhibit `job`; resolves when it is durable. */
  readonly add: (job: string, token: string, note: string) => Answer<VaultAnswers['begin']>;
  readonly resume: (job: string) => Answer<VaultAnswers['import']>;
  readonly verify: (job: string, vaultId: string, sha256: string) => Answer<VaultAnswers['verify']>;
  /** Lets the officer choose where to; null where they chose no place. */
  readonly export: (job: string, vaultId: string, name: string, window: BrowserWindow) => Answer<VaultExport | null>;
  /** Brings a content that has arrived whole into the vault; `vault-busy` while other long work runs. */
  readonly receive: (job: string, part: ReceivedPart) => Answer<VaultAnswers['receive']>;
  readonly unfinished: () => Answer<VaultAnswers['unfinished']>;
  readonly settle: (job: string) => Answer<null>;
  readonly discard: (job: string) => Answer<null>;
  /** Stops the long job of that name; it answers `vault-stopped`. */
  readonly stop: (job: string) => void;
  /** Stops what runs and zeroes the key. */
  readonly close: () => void;
}

interface VaultParts {
  /** The profile's folder; nothing is ever exported into it. */
  readonly profileFolder: string;
  /** 32 bytes; owned by the vault from now on. */
  readonly vaultKey: Uint8Array;
  readonly onProgress: (progress: VaultProgress) => void;
}

/** Opens the vault of a profile. */
export function createVault({ profileFolder, vaultKey, onProgress }: VaultParts): Vault {
  const folder = path.join(profileFolder, 'vault');
  const chosen = new Map<string, { readonly source: string; readonly name: string }>();
  const running = new Set<UtilityProcess>();
  let long: { readonly job: string; child?: UtilityProcess } | undefined;
  let isClosed = false;
  let isFirst = true;

  /** Runs one job in a process of its own and relays its progress under the name `name`. */
  function run<J extends VaultJob>(name: string, job: J): Answer<VaultAnswers[J['kind']]> {
    if (isClosed) return Promise.resolve(err({ code: 'locked' }));
    return new Promise((resolve) => {
      const child = utilityProcess.fork(path.join(import.meta.dirname, 'vault.js'), [], { serviceName: 'suar-vault', stdio: 'ignore', execArgv: ['--expose-gc'] });
      running.add(child);
      if (long?.job === name) long.child = child;
      const toProgress = progressOf(name, onProgress);
      child.once('exit', () => {
        running.delete(child);
        resolve(err({ code: isClosed ? 'locked' : 'unexpected' }));
      });
      child.on('message', (reply: VaultReply) => {
        if ('progress' in reply) return isClosed ? undefined : toProgress(...reply.progress);
        resolve(reply.result as Result<VaultAnswers[J['kind']], AppError>);
        child.kill();
      });
      child.postMessage({ vaultKey: new Uint8Array(vaultKey), folder, job } satisfies VaultMessage);
    });
  }
  /** A job that takes long: alone, and to be stopped by its name. */
  async function runLong<J extends VaultJob>(name: string, job: J): Answer<VaultAnswers[J['kind']]> {
    if (long) return err({ code: 'vault-busy' });
    long = { job: name };
    try {
      return await run(name, job);
    } finally {
      long = undefined;
    }
  }
  const askToStop = (child: UtilityProcess | undefined): void => {
    child?.postMessage('stop' satisfies VaultMessage);
    setTimeout(() => child && running.has(child) && isClosed && child.kill(), STOP_MS);
  };

  return {
    pick: async (window) => {
      const choice = await dialog.showOpenDialog(window, { properties: ['openFile', 'dontAddToRecent'] });
      const source = choice.filePaths[0];
      if (choice.canceled || !source) return ok(null);
      const name = path.basename(source);
      try {
        const file = await nodeDisk.openFile(source);
        const { sizeBytes } = await file.stat();
        await file.close();
        const token = randomUUID();
        chosen.clear();
        chosen.set(token, { source, name });
        return ok({ token, name, sizeBytes });
      } catch {
        return err({ code: 'file-unreadable', detail: { name } });
      }
    },
    add: async (job, token, note) => {
      const file = chosen.get(token);
      if (!file) return err({ code: 'bad-request' });
      return runLong(job, { kind: 'begin', id: job, ...file, note });
    },
    resume: (job) => runLong(job, { kind: 'import', id: job }),
    verify: (job, id, sha256) => runLong(job, { kind: 'verify', id, sha256 }),
    export: async (job, id, name, window) => {
      if (long) return err({ code: 'vault-busy' });
      const choice = await dialog.showSaveDialog(window, { defaultPath: path.basename(name), properties: ['showOverwriteConfirmation', 'dontAddToRecent'] });
      if (choice.canceled || !choice.filePath) return ok(null);
      const target = path.resolve(choice.filePath);
      // The profile's folder holds nothing in clear, ever.
      if (!path.relative(path.dirname(profileFolder), target).startsWith('..')) return err({ code: 'vault-export-failed', detail: { name: path.basename(target) } });
      return runLong(job, { kind: 'export', job, id, target });
    },
    receive: (job, part) => runLong(job, { kind: 'receive', ...part }),
    unfinished: () => {
      const first = isFirst;
      isFirst = false;
      return run('unfinished', { kind: 'unfinished', first });
    },
    settle: (job) => run('settle', { kind: 'settle', id: job }),
    discard: (job) => runLong(job, { kind: 'discard', id: job }),
    stop: (job) => {
      if (long?.job === job) askToStop(long.child);
    },
    close: () => {
      isClosed = true;
      vaultKey.fill(0);
      chosen.clear();
      for (const child of running) askToStop(child);
    },
  };
}

/** Tells from when and from where the time left of a stage is counted. */
function progressOf(job: string, onProgress: (progress: VaultProgress) => void): (stage: VaultProgress['stage'], doneBytes: number, totalBytes: number) => void {
  let current: { readonly stage: string; readonly since: number; readonly startedAtBytes: number } | undefined;
  return (stage, doneBytes, totalBytes) => {
    if (current?.stage !== stage) current = { stage, since: performance.now(), startedAtBytes: doneBytes };
    onProgress({ job, stage, doneBytes, totalBytes, elapsedMs: performance.now() - current.since, startedAtBytes: current.startedAtBytes });
  };
}

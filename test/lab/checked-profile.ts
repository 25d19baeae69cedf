import { progress } from '../../scripts/measure.ts';
import { PASSPHRASE } from '../e2e/officer.ts';
import { CANARY, type AckLog } from './ack-log.ts';
import { scanForSecrets } from './canary-scan.ts';
import { reopen, type KilledApp } from './killed-app.ts';
import { readAll } from './played-profile.ts';

/** What nobody may find in the files of a profile. */
export const SECRETS = [CANARY, PASSPHRASE];

/** What the lab has found so far, over all its profiles. */
export interface Findings {
  /** Broken promises, each once. */
  readonly lost: Set<string>;
  /** Starts at which a profile did not open, or could not be made. */
  corrupted: number;
  /** Files with clear text, and files looked at in the last scan. */
  hits: number;
  files: number;
  /** Starts that made the store again. */
  rebuilt: number;
  /** Starts at which damage was noticed after the list was up, so that the officer had to lock and unlock. */
  unlockedTwice: number;
}

/** Nothing found yet. */
export function noFindings(): Findings {
  return { lost: new Set(), corrupted: 0, hits: 0, files: 0, rebuilt: 0, unlockedTwice: 0 };
}

/** A profile the lab writes to, breaks and opens again; every opening is checked against the log. */
export interface CheckedProfile {
  readonly folder: string;
  readonly log: AckLog;
  readonly findings: Findings;
  /** A number for the records of one life of the application. */
  readonly nextLife: () => number;
  /** Looks for clear text in its files. */
  readonly scan: () => void;
  /** Compares what `app` shows with the log. */
  readonly check: (app: KilledApp) => Promise<void>;
  /** Opens and checks; undefined where the profile does not open, which counts as corrupted. */
  readonly open: () => Promise<KilledApp | undefined>;
  /** Tells how far the lab is. */
  readonly told: (what: string) => void;
}

/** Follows the profile below `folder`, whose writes `log` notes. */
export function checkProfile(folder: string, log: AckLog, findings: Findings): CheckedProfile {
  let lives = 0;
  const scan = (): void => {
    const { files, hits } = scanForSecrets(folder, SECRETS);
    findings.files = files;
    findings.hits += hits.length;
    for (const hit of hits) progress(`clear text in ${hit}`);
  };
  const note = (broken: readonly string[]): void => {
    for (const line of broken) {
      progress(`broken: ${line}`); // said at every opening that finds it: one that mends itself was late, not lost
      findings.lost.add(line);
    }
  };
  return {
    folder,
    log,
    findings,
    nextLife: () => lives++,
    scan,
    check: async (app) => note((await readAll(app, log)).broken),
    open: async () => {
      scan();
      let app: KilledApp | undefined;
      try {
        app = await reopen(folder, log);
        let { broken, isTold } = await readAll(app, log);
        if (isTold && !app.isSecondOpening) {
          // Damage that nothing met before the list was read: the officer does what the sentence says.
          await app.kill();
          app = await reopen(folder, log, { isAgain: true });
          ({ broken, isTold } = await readAll(app, log));
        }
        if (app.isRebuilt()) findings.rebuilt++;
        if (app.isSecondOpening) findings.unlockedTwice++;
        note(isTold ? ['a store made again is altered again'] : broken);
        return app;
      } catch (error) {
        findings.corrupted++;
        const shown = await app?.running.page().locator('body').innerText().catch(String);
        progress(`did not open: ${String(error)}; the window shows: ${shown ?? 'nothing'}; it wrote: ${app?.running.complaints.join(' | ') ?? ''}`);
        await app?.kill(); // else it keeps the profile from every start after this
        return undefined;
      }
    },
    told: (what) => progress(`${what}: ${acknowledgedIn(log)} acknowledged writes, ${findings.lost.size} lost so far`),
  };
}

/** Writes a log has acknowledged. */
export function acknowledgedIn(log: AckLog): number {
  return log.entries().filter(({ op }) => op === 'acknowledged').length;
}

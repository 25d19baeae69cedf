import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ChosenFile, UnfinishedImport, VaultCheck, VaultItem } from '#shared/contract/vault.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import { TLP, type RecordOf, type Tlp } from '#shared/schema/record.ts';
import type { DataService } from '../../db/data-service.ts';
import { addEntry, entriesOf, type ActText } from './custody-log.ts';
import { useExhibitView } from './store.ts';

/** What the form of a new exhibit gives; kept sealed with the import, so that a resumed one needs no form again. */
export interface ExhibitForm {
  readonly caseId: string;
  readonly tlp: Tlp;
  readonly number: string;
  readonly description: string;
  readonly lang: string;
  readonly receivedFrom: string;
  readonly condition: string;
  readonly place: string;
  /** ISO 8601 calendar date, or empty. */
  readonly seizedOn: string;
  readonly reason: string;
  /** Who can see the record; the own unit where it is left out. */
  readonly audience?: readonly string[];
}

const UNEXPECTED = err({ code: 'unexpected' } as const);

/** Lets the officer choose a file; null where they chose none. Errors: `file-unreadable`. */
export function pickExhibitFile(): Promise<Result<ChosenFile | null, AppError>> {
  return window.suar.invoke('vault.pick', {}).catch(() => UNEXPECTED);
}

/** Runs one long work and shows it in the panel of its case; progress follows until it ends. */
async function work<T>(job: string, caseId: string, name: string, run: () => Promise<Result<T, AppError>>): Promise<Result<T, AppError>> {
  useExhibitView.setState({ work: { job, caseId, name, progress: undefined }, outcome: undefined });
  const stop = window.suar.on('vault.progress', (progress) => {
    useExhibitView.setState(({ work: current }) => (current?.job === progress.job ? { work: { ...current, progress } } : {}));
  });
  const result = await run().catch(() => UNEXPECTED);
  stop();
  useExhibitView.setState({ work: undefined });
  if (!result.ok) useExhibitView.setState({ outcome: { kind: 'failed', caseId, error: result.error } });
  return result;
}

/** Asks the long work to stop; what is durable stays. */
export function stopWork(job: string): void {
  void window.suar.invoke('vault.stop', { job });
}

/** Reads the list of unfinished imports again, and finishes those that are sealed but whose record is missing. */
export async function refreshUnfinished(data: DataService): Promise<void> {
  const listed = await window.suar.invoke('vault.unfinished', {}).catch(() => UNEXPECTED);
  if (!listed.ok) return;
  const running = useExhibitView.getState().work?.job;
  for (const { item, note, job } of listed.value) if (item && job !== running) await recordExhibit(data, item, readNote(note));
  useExhibitView.setState({ unfinished: listed.value.filter(({ item, job }) => item === null && job !== running) });
}

/** The form inside a note; written by this feature alone. */
export function readNote(note: string): ExhibitForm {
  const form = JSON.parse(note) as ExhibitForm;
  return { ...form, tlp: TLP.find((tlp) => tlp === form.tlp) ?? 'RED' };
}

/** Seals the chosen file as an exhibit of the case. Errors: those of the vault. */
export async function addExhibit(data: DataService, file: ChosenFile, form: ExhibitForm): Promise<void> {
  const job = crypto.randomUUID();
  await seal(data, job, file.name, form, () => window.suar.invoke('vault.add', { job, token: file.token, note: JSON.stringify(form) }));
}

/** Goes on with an import that was stopped. */
export async function resumeImport(data: DataService, { job, name, note }: UnfinishedImport): Promise<void> {
  await seal(data, job, name, readNote(note), () => window.suar.invoke('vault.resume', { job }));
}

/** Gives an unfinished import up. */
export async function discardImport(data: DataService, { job, note }: UnfinishedImport): Promise<void> {
  const discarded = await window.suar.invoke('vault.discard', { job }).catch(() => UNEXPECTED);
  if (!discarded.ok) useExhibitView.setState({ outcome: { kind: 'failed', caseId: readNote(note).caseId, error: discarded.error } });
  await refreshUnfinished(data);
}

async function seal(data: DataService, job: string, name: string, form: ExhibitForm, run: () => Promise<Result<VaultItem, AppError>>): Promise<void> {
  useExhibitView.setState(({ unfinished }) => ({ unfinished: unfinished?.filter((other) => other.job !== job) }));
  const sealed = await work(job, form.caseId, name, run);
  const recorded = sealed.ok ? await recordExhibit(data, sealed.value, form) : sealed;
  if (recorded.ok) useExhibitView.setState({ outcome: { kind: 'sealed', caseId: form.caseId, name }, openId: job });
  else useExhibitView.setState({ outcome: { kind: 'failed', caseId: form.caseId, error: recorded.error } });
  await refreshUnfinished(data);
}

/**
 * Writes the record of a sealed exhibit with its first two entries, then tells the vault that the import is over. May be called
 * again after an abrupt end anywhere in between: what is there already is not written twice.
 */
async function recordExhibit(data: DataService, item: VaultItem, form: ExhibitForm): Promise<Result<null, AppError>> {
  const { caseId, tlp, reason, seizedOn, audience, ...fields } = form;
  const { vaultId, name, ...digests } = item;
  if (!(await data.get<ExhibitBody>('exhibit', vaultId))) {
    const body: ExhibitBody = { ...fields, ...digests, vaultId, fileName: name, custodyCount: 0, custodyHead: '', ...(seizedOn ? { seizedOn } : {}) };
    const written = await data.insert<ExhibitBody>('exhibit', { id: vaultId, body, status: 'held', tlp, ref: caseId, ...(audience ? { audience } : {}) });
    if (!written.ok) return written;
  }
  const acts: readonly ActText[] = [
    { act: 'received', from: form.receivedFrom, to: '', reason, condition: form.condition, lang: form.lang },
    { act: 'sealed', from: '', to: '', reason: '', condition: '', lang: form.lang },
  ];
  const known = new Set((await entriesOf(data, vaultId)).map(({ claim }) => claim.act));
  for (const act of acts) {
    const added = known.has(act.act) ? undefined : await addEntry(data, vaultId, act);
    if (added && !added.ok) return added;
  }
  return window.suar.invoke('vault.settle', { job: vaultId });
}

/** Checks the content of an exhibit and writes what was found into its chain. `describe` puts a bad finding into words. */
export async function verifyExhibit(data: DataService, exhibit: RecordOf<ExhibitBody>, lang: string, describe: (check: VaultCheck) => string): Promise<void> {
  const { body, ref } = exhibit;
  const checked = await work(crypto.randomUUID(), ref, body.fileName, async () => {
    const job = useExhibitView.getState().work?.job ?? '';
    return window.suar.invoke('vault.verify', { job, vaultId: body.vaultId, sha256: body.sha256 });
  });
  if (!checked.ok) return;
  const check = checked.value;
  const isIntact = check.state === 'intact';
  const act: ActText = { act: isIntact ? 'verified' : 'found-damaged', from: '', to: '', reason: '', condition: isIntact ? '' : describe(check).slice(0, 1000), lang };
  const added = await addEntry(data, exhibit.id, act, { checkedAt: new Date().toISOString(), checked: isIntact ? 'intact' : 'damaged' });
  useExhibitView.setState({ outcome: added.ok ? { kind: 'verified', caseId: ref, name: body.fileName, check } : { kind: 'failed', caseId: ref, error: added.error } });
}

/** Exports a copy to where the officer chooses and writes it into the chain with the reason. */
export async function exportExhibit(data: DataService, exhibit: RecordOf<ExhibitBody>, reason: string, lang: string): Promise<void> {
  const { body, ref } = exhibit;
  const exported = await work(crypto.randomUUID(), ref, body.fileName, async () => {
    const job = useExhibitView.getState().work?.job ?? '';
    return window.suar.invoke('vault.export', { job, vaultId: body.vaultId, name: body.fileName });
  });
  if (!exported.ok || exported.value === null) return;
  const { name } = exported.value;
  const added = await addEntry(data, exhibit.id, { act: 'exported', from: '', to: name.slice(0, 200), reason, condition: '', lang });
  useExhibitView.setState({ outcome: added.ok ? { kind: 'exported', caseId: ref, name } : { kind: 'failed', caseId: ref, error: added.error } });
}

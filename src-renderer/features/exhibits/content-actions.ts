import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ContentTransfer } from '#shared/contract/transfers.ts';
import { contentRequests, type ContentRequest } from '#shared/domain/transfer/rules.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { TransferBody } from '#shared/schema/transfer.ts';
import type { DataService } from '../../db/data-service.ts';
import { addEntry, entriesOf } from './custody-log.ts';
import { useContentView } from './content-store.ts';

type Exhibit = RecordOf<ExhibitBody>;

const UNEXPECTED = err({ code: 'unexpected' } as const);

/** Shows what stood in the way below the exhibit, or takes it away. */
function told(exhibit: string, result: Result<unknown, AppError>): void {
  useContentView.setState({ problem: result.ok ? undefined : { exhibit, error: result.error } });
}

/** Writes one step; `about` is what the record refers to, `to` the unit on the other side. */
function writeStep(data: DataService, ownUnit: string, to: string, about: string, body: Omit<TransferBody, 'at'>): Promise<Result<unknown, AppError>> {
  return data.insert<TransferBody>('transfer', { ref: about, status: body.step, tlp: 'GREEN', audience: [`u:${ownUnit}`, `u:${to}`], body: { ...body, at: new Date().toISOString() } });
}

function exhibitParts({ id, owner, body }: Exhibit) {
  return { exhibit: id, owner, vaultId: body.vaultId, name: body.fileName, sizeBytes: body.sizeBytes, sha256: body.sha256 };
}

/** Asks the unit that owns the exhibit for its content; `purpose` is a code. */
export async function requestContent(data: DataService, exhibit: Exhibit, ownUnit: string, purpose: string): Promise<void> {
  told(exhibit.id, await writeStep(data, ownUnit, exhibit.owner, exhibit.id, { step: 'asked', purpose }));
}

/** Takes a request back; what came of the content is removed. */
export async function withdrawRequest(data: DataService, exhibit: Exhibit, ownUnit: string, { asked, content }: ContentRequest): Promise<void> {
  if (content) await window.suar.invoke('content.cancel', { content });
  told(exhibit.id, await writeStep(data, ownUnit, exhibit.owner, exhibit.id, { step: 'withdrawn', request: asked.id }));
}

/** Refuses a request. */
export async function refuseRequest(data: DataService, exhibit: Exhibit, ownUnit: string, { asked }: ContentRequest): Promise<void> {
  told(exhibit.id, await writeStep(data, ownUnit, asked.owner, asked.id, { step: 'refused' }));
}

/**
 * Agrees to a request: the custody entry first, so that no byte leaves without one; then main begins to send, and the answer
 * tells the other side where. `unitName` is how the custody names who gets the copy, `reason` the purpose in words.
 */
export async function agreeRequest(
  data: DataService,
  exhibit: Exhibit,
  ownUnit: string,
  { asked }: ContentRequest,
  words: { readonly unitName: string; readonly reason: string; readonly lang: string },
): Promise<void> {
  const { unitName, reason, lang } = words;
  const act = { from: '', to: unitName.slice(0, 200), condition: '', lang };
  const entered = await addEntry(data, exhibit.id, { ...act, act: 'copy-given', reason });
  if (!entered.ok) return told(exhibit.id, entered);
  const sent = await window.suar.invoke('content.send', { ...exhibitParts(exhibit), audience: [...exhibit.audience], reader: asked.author }).catch(() => UNEXPECTED);
  if (!sent.ok) {
    await addEntry(data, exhibit.id, { ...act, act: 'copy-stopped', reason: '' });
    return told(exhibit.id, sent);
  }
  told(exhibit.id, await writeStep(data, ownUnit, asked.owner, asked.id, { step: 'agreed', content: sent.value.content }));
}

/** Stops a copy that is being sent, and says so in the custody. */
export async function stopSending(data: DataService, exhibit: Exhibit, transfer: ContentTransfer, unitName: string, lang: string): Promise<void> {
  await window.suar.invoke('content.cancel', { content: transfer.content });
  told(exhibit.id, await addEntry(data, exhibit.id, { act: 'copy-stopped', from: '', to: unitName.slice(0, 200), reason: '', condition: '', lang }));
}

/** Gives a transfer up from either side: takes the own request back, or stops the copy that is being sent. Nothing happens where its exhibit or its request is not known. */
export async function giveUpTransfer(data: DataService, transfer: ContentTransfer, rows: readonly RecordOf<TransferBody>[], { deviceId, unit, unitName, lang }: Follower): Promise<void> {
  const exhibit = await data.get<ExhibitBody>('exhibit', transfer.exhibit);
  if (!exhibit) return;
  const requests = contentRequests(rows, () => exhibit.owner).filter(({ content }) => content === transfer.content);
  if (transfer.way === 'send') return stopSending(data, exhibit, transfer, unitName(requests[0]?.asked.owner ?? ''), lang);
  const own = requests.find(({ asked }) => asked.author === deviceId);
  if (own) await withdrawRequest(data, exhibit, unit, own);
}

/** Pauses a transfer or lets it go on. */
export function pauseTransfer({ content }: ContentTransfer, paused: boolean): void {
  void window.suar.invoke('content.pause', { content, paused });
}

/** Contents whose arrival this window has written down: its list of records may lag behind main's list. */
const settled = new Set<string>();
let following: Promise<unknown> = Promise.resolve();

/** What following needs to know of this device. */
export interface Follower {
  readonly deviceId: string;
  readonly unit: string;
  readonly unitName: (unit: string) => string;
  readonly lang: string;
}

/** Does what the steps of others call for: fetches what was agreed with this device, writes down what has arrived, forgets what was fetched. One round at a time. */
export function followTransfers(data: DataService, rows: readonly RecordOf<TransferBody>[], transfers: readonly ContentTransfer[], self: Follower): Promise<unknown> {
  following = following.then(() => follow(data, rows, transfers, self)).catch(() => undefined);
  return following;
}

async function follow(data: DataService, rows: readonly RecordOf<TransferBody>[], transfers: readonly ContentTransfer[], self: Follower): Promise<void> {
  const exhibits = new Map<string, Exhibit>();
  for (const { ref, body } of rows) {
    const exhibit = body.step === 'asked' && !exhibits.has(ref) ? await data.get<ExhibitBody>('exhibit', ref) : undefined;
    if (exhibit) exhibits.set(ref, exhibit);
  }
  for (const request of contentRequests(rows, (id) => exhibits.get(id)?.owner)) {
    const { content, asked, state } = request;
    const exhibit = exhibits.get(asked.ref);
    if (content === undefined || !exhibit) continue;
    const transfer = transfers.find((known) => known.content === content);
    const isMine = asked.author === self.deviceId;
    if (isMine && state === 'agreed' && !transfer && !settled.has(content)) await window.suar.invoke('content.receive', { ...exhibitParts(exhibit), content });
    if (isMine && transfer?.way === 'receive' && transfer.stage === 'done') await writeArrival(data, exhibit, request, content, self);
    if (transfer?.way === 'send' && transfer.stage === 'done' && rowsSayFetched(rows, content, exhibits)) await window.suar.invoke('content.settle', { content });
  }
}

/** Whether every device a content was agreed with has it, or asks no more. */
function rowsSayFetched(rows: readonly RecordOf<TransferBody>[], content: string, exhibits: ReadonlyMap<string, Exhibit>): boolean {
  return contentRequests(rows, (id) => exhibits.get(id)?.owner)
    .filter((request) => request.content === content)
    .every(({ state }) => state === 'received' || state === 'withdrawn');
}

/** The custody entry of the copy that arrived, the word to the owner, and main may forget the transfer. May be called again after an abrupt end in between. */
async function writeArrival(data: DataService, exhibit: Exhibit, { asked, state }: ContentRequest, content: string, { deviceId, unit, unitName, lang }: Follower): Promise<void> {
  const entries = await entriesOf(data, exhibit.id);
  if (!entries.some(({ claim }) => claim.act === 'copy-received' && claim.device === deviceId)) {
    const added = await addEntry(data, exhibit.id, { act: 'copy-received', from: unitName(exhibit.owner).slice(0, 200), to: '', reason: '', condition: '', lang });
    if (!added.ok) return told(exhibit.id, added);
  }
  if (state !== 'received' && !settled.has(content)) {
    const written = await writeStep(data, unit, exhibit.owner, exhibit.id, { step: 'received', request: asked.id });
    if (!written.ok) return told(exhibit.id, written);
  }
  settled.add(content);
  await window.suar.invoke('content.settle', { content });
}

/**
 * Every channel between the window and main: what it takes (checked at run time in main), what it answers.
 * Adding a channel: one line here, one handler in src-main/ipc. The window calls `window.suar.invoke(channel, request)`.
 */
import { Type, type Static, type TSchema } from 'typebox';
import type { Result } from '../base/result.ts';
import { BucketIdSchema, RecordSchema, UuidSchema, type SuarRecord } from '../schema/record.ts';
import type { ReleaseBody } from '../schema/release.ts';
import { CustodySchema, type CustodyBody } from '../schema/custody.ts';
import type { ChainFault } from '../domain/custody/chain.ts';
import type { CourierAnswer, CourierMade, CourierState } from './bundle.ts';
import { PreferencesSchema, type Preferences } from './preferences.ts';
import type { BackupProgress, PickedBackup } from './backup.ts';
import type { AppError } from './errors.ts';
import type { PurgedUnit } from './purge.ts';
import { LinePlanSchema } from './line.ts';
import type { DirectoryView, Enrolment, LinkStatus } from './link.ts';
import { ReceiveContentSchema, SendContentSchema, type ContentTransfer } from './transfers.ts';
import { UnitCodeRequestSchema, UnitRevokeRequestSchema, type ExposedRecord, type UnitDevice } from './unit-admin.ts';
import type { ChosenFile, UnfinishedImport, VaultCheck, VaultExport, VaultItem, VaultProgress } from './vault.ts';

interface Channel<Req extends TSchema, Res> {
  readonly request: Req;
  /** Never set; carries the type of the answer. */
  readonly response?: Res;
}

function channel<Res>() {
  return <Req extends TSchema>(request: Req): Channel<Req, Res> => ({ request });
}

const strict = { additionalProperties: false } as const;
const nothing = Type.Object({}, strict);
type Answer<T> = Result<T, AppError>;

/** Bytes of a secret, at most `max`; the receiver zeroes them after use. */
const secretBytes = (min: number, max: number) => Type.Refine(Type.Unsafe<Uint8Array>({}), (value) => value instanceof Uint8Array && value.length >= min && value.length <= max);
/** See contract/passphrase.ts. */
const PassphraseSchema = secretBytes(1, 4096);

/** Names an officer's profile and its store on this laptop; random, or `main` for the one of the earlier layout. */
export const PROFILE_ID_PATTERN = '^(main|[0-9a-f]{32})$';
const ProfileIdSchema = Type.String({ pattern: PROFILE_ID_PATTERN });
/** What the start screen calls an officer; in clear on the disk, so it is the officer's choice and may be empty. */
const LabelSchema = Type.String({ maxLength: 40 });

/** An officer of this laptop, as known before anything is unlocked. */
export interface OfficerEntry {
  readonly id: string;
  /** A nickname or initials, or empty: "Officer <number>". */
  readonly label: string;
  readonly number: number;
  /** Seconds until another passphrase may be tried. */
  readonly waitSeconds: number;
}

export interface AppState {
  readonly version: string;
  /** In the order they were made. */
  readonly officers: readonly OfficerEntry[];
  /** Removed profiles whose store the window erases, then says `profile.cleared`. */
  readonly remains: readonly string[];
  readonly preferences: Preferences;
  /** The system's languages, best first (BCP 47). */
  readonly systemLocales: readonly string[];
  /** Started as a demonstration: an empty store is filled with synthetic records. */
  readonly demo: boolean;
  /** True where an OS keychain holds the second half of the key. */
  readonly keychain: boolean;
}

/** How a recovery kit is split: any `threshold` of its sheets open the profile. */
export const RecoveryPlanSchema = Type.Object(
  { kit: Type.String({ pattern: '^[0-9A-F]{4}$' }), threshold: Type.Integer({ minimum: 1, maximum: 15 }), sheets: Type.Integer({ minimum: 1, maximum: 15 }) },
  strict,
);
export type RecoveryPlan = Static<typeof RecoveryPlanSchema>;
/** The kit that opens a profile; `madeAt` is an ISO 8601 instant. */
export interface RecoveryKit extends RecoveryPlan {
  readonly madeAt: string;
}

export interface OpenedProfile {
  /** Opaque; names the store in the window. */
  readonly profile: string;
  /** 32 bytes for the data worker; the window transfers and zeroes them. */
  readonly storeKey: Uint8Array;
  readonly deviceId: string;
  readonly fullName: string;
  readonly enrolment: Enrolment | null;
}

export interface Unlocked extends OpenedProfile {
  readonly preferences: Preferences;
}

/** A record on its way between the window's database and the hub; `_deleted` marks one that is gone. */
export const ReplicatedSchema = Type.Object({ ...RecordSchema.properties, _deleted: Type.Boolean() }, strict);
const PushRowSchema = Type.Object({ doc: ReplicatedSchema, assumed: Type.Union([Type.String({ maxLength: 24 }), Type.Null()]), home: Type.Optional(Type.Boolean()) }, strict);
export type Replicated = SuarRecord & { _deleted: boolean; readonly past?: boolean };
export type PulledDoc = Replicated | { readonly id: string; readonly gone: true; readonly signed?: true };

export interface PullResult {
  readonly docs: readonly PulledDoc[];
  readonly cursor: string;
  readonly done: boolean;
}
export interface PushResult {
  readonly conflicts: readonly PulledDoc[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

const PushedRowsSchema = Type.Object({ rows: Type.Array(PushRowSchema, { maxItems: 500 }), epoch: Type.Optional(Type.String({ maxLength: 40 })) }, strict);

/** From the answer a courier brought, which `courier.open` has opened, in place of the line; `hub-unreachable` where none is open. */
const carried = Type.Optional(Type.Boolean());

export interface PickedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

/** Largest file the intake reads, in bytes (64 MiB). */
export const MAX_INTAKE_BYTES = 64 * 1024 * 1024;

export const IPC = {
  'app.state': channel<AppState>()(nothing),
  'app.preferences': channel<Preferences>()(PreferencesSchema),
  'profile.create': channel<Answer<Unlocked>>()(Type.Object({ passphrase: PassphraseSchema, fullName: Type.String({ minLength: 1, maxLength: 200 }), label: LabelSchema }, strict)),
  'profile.unlock': channel<Answer<Unlocked>>()(Type.Object({ profile: ProfileIdSchema, passphrase: PassphraseSchema }, strict)),
  /** A new passphrase for the unlocked profile; nothing is encrypted anew. Errors: `passphrase-wrong`, `passphrase-wait`, `passphrase-weak`. */
  'profile.passphrase': channel<Answer<null>>()(Type.Object({ current: PassphraseSchema, next: PassphraseSchema }, strict)),
  /** Destroys the unlocked profile, its keys first, and locks. Errors: `passphrase-wrong`, `passphrase-wait`. */
  'profile.remove': channel<Answer<null>>()(Type.Object({ passphrase: PassphraseSchema }, strict)),
  'profile.cleared': channel<null>()(Type.Object({ profile: ProfileIdSchema }, strict)),
  /** Allows one `recovery.make` within 15 minutes. Errors: `passphrase-wrong`, `passphrase-wait`. */
  'recovery.begin': channel<Answer<null>>()(Type.Object({ passphrase: PassphraseSchema }, strict)),
  /** The new kit opens the profile from now on, the one before no more; `key` is the 32 bytes the sheets make. */
  'recovery.make': channel<Answer<RecoveryKit>>()(Type.Object({ key: secretBytes(32, 32), plan: RecoveryPlanSchema }, strict)),
  'recovery.state': channel<Answer<RecoveryKit | null>>()(nothing),
  /** Opens a profile with a kit and gives it a new passphrase. Errors: `recovery-none`, `recovery-wrong`, `passphrase-weak`. */
  'recovery.restore': channel<Answer<Unlocked>>()(Type.Object({ profile: ProfileIdSchema, key: secretBytes(32, 32), passphrase: PassphraseSchema }, strict)),
  /** Writes a sheet to a file the officer chooses: `text`, or the page as it would be printed. False where they chose none. */
  'recovery.save': channel<Answer<boolean>>()(Type.Object({ format: Type.Enum(['pdf', 'txt']), name: Type.String({ pattern: '^[\\w-]{1,60}$' }), text: secretBytes(0, 20_000) }, strict)),
  'recovery.pick': channel<Answer<readonly Uint8Array[]>>()(nothing),
  /** Asks for the passphrase, then for the file; true where the data worker may send (contract/backup.ts), false where no file was chosen. */
  'backup.begin': channel<Answer<boolean>>()(Type.Object({ passphrase: PassphraseSchema }, strict)),
  'backup.cancel': channel<null>()(nothing),
  /** Errors: `backup-unreadable`, `backup-unknown`, `backup-newer`, `backup-altered`, `backup-incomplete`. */
  'backup.pick': channel<Answer<PickedBackup | null>>()(nothing),
  /**
   * Makes an officer of the backup last picked and unlocks. `secret`: the passphrase of its day, or with `kit` the 32 bytes of its recovery
   * kit; `next`: the passphrase here, empty to keep that one. Errors besides those of `pick`: `backup-passphrase`, `backup-kit`,
   * `backup-profile-here`, `backup-cancelled`, `passphrase-weak`, `restore-no-room`, `restore-failed`.
   */
  'backup.restore': channel<Answer<Unlocked>>()(Type.Object({ secret: PassphraseSchema, kit: Type.Boolean(), next: secretBytes(0, 4096) }, strict)),
  'profile.lock': channel<null>()(nothing),
  'profile.activity': channel<null>()(nothing),
  'link.status': channel<LinkStatus>()(nothing),
  'link.enrol': channel<Answer<Enrolment>>()(Type.Object({ code: Type.String({ minLength: 1, maxLength: 400 }) }, strict)),
  'link.pause': channel<LinkStatus>()(Type.Object({ paused: Type.Boolean() }, strict)),
  'link.retry': channel<LinkStatus>()(nothing),
  /** The officer's plan for the line (contract/line.ts), on disk when answered. Errors: `disk-full`, `disk-failed`. */
  'link.plan': channel<Answer<null>>()(LinePlanSchema),
  /** Opens the line for an hour in spite of the plan. */
  'link.open': channel<LinkStatus>()(nothing),
  'link.directory': channel<Answer<DirectoryView>>()(nothing),
  /** `code` is what the officer compared: main admits these keys and no others. */
  'link.admit': channel<Answer<null>>()(Type.Object({ device: UuidSchema, code: Type.String({ maxLength: 40 }) }, strict)),
  'link.pull': channel<Answer<PullResult>>()(Type.Object({ cursor: Type.String({ maxLength: 200 }), limit: Type.Integer({ minimum: 1, maximum: 1000 }), carried }, strict)),
  'link.push': channel<Answer<PushResult>>()(Type.Object({ ...PushedRowsSchema.properties, carried }, strict)),
  /** The store removed these, as the hub said; answers the ids it has not confirmed yet, to be looked for. */
  'link.purged': channel<Answer<readonly string[]>>()(Type.Object({ ids: Type.Array(UuidSchema, { maxItems: 1000 }) }, strict)),
  /** Who removed a record of the own unit that they may no longer read. */
  'release.purges': channel<Answer<readonly PurgedUnit[]>>()(Type.Object({ record: UuidSchema }, strict)),
  /** For administrators of a unit: its devices, a code for a new one (shown once), the end of a lost one, and what that could have held. */
  'unit.devices': channel<Answer<readonly UnitDevice[]>>()(nothing),
  'unit.code': channel<Answer<string>>()(UnitCodeRequestSchema),
  'unit.revoke': channel<Answer<null>>()(UnitRevokeRequestSchema),
  'unit.exposure': channel<Answer<readonly ExposedRecord[]>>()(UnitRevokeRequestSchema),
  /** Writes a list to a file the officer chooses; false where they chose none. Errors: `disk-failed`. */
  'unit.export': channel<Answer<boolean>>()(Type.Object({ name: Type.String({ pattern: '^[\\w-]{1,60}$' }), text: secretBytes(0, 64 * 1024 * 1024) }, strict)),
  /** Asks for a file and begins a bundle for the hub (contract/bundle.ts); false where the officer chose none. Errors: `not-enrolled`, `bundle-hub-unknown`, `device-unadmitted`, `bundle-not-saved`. */
  'courier.begin': channel<Answer<boolean>>()(Type.Object({ cursor: Type.String({ maxLength: 200 }), epoch: Type.String({ maxLength: 40 }) }, strict)),
  'courier.rows': channel<Answer<null>>()(PushedRowsSchema),
  'courier.finish': channel<Answer<CourierMade>>()(nothing),
  'courier.cancel': channel<null>()(nothing),
  /** Asks for an answer of the hub and checks it; until `courier.close`, `link.pull` and `link.push` can be asked of it. Null where the officer chose none. */
  'courier.open': channel<Answer<CourierAnswer | null>>()(nothing),
  /** `taken`: everything in it is on disk. */
  'courier.close': channel<Answer<null>>()(Type.Object({ taken: Type.Boolean() }, strict)),
  'courier.state': channel<Answer<CourierState>>()(nothing),
  'release.sign': channel<Answer<ReleaseBody>>()(
    Type.Object(
      {
        record: UuidSchema,
        rev: Type.String({ maxLength: 24 }),
        audience: Type.Array(BucketIdSchema, { minItems: 1, maxItems: 64 }),
        purpose: Type.String({ maxLength: 40 }),
        legalBasis: Type.String({ maxLength: 40 }),
        days: Type.Integer({ minimum: 1, maximum: 3650 }),
      },
      strict,
    ),
  ),
  'release.mandate': channel<Answer<ReleaseBody>>()(
    Type.Object(
      {
        bucket: BucketIdSchema,
        entities: Type.Array(Type.String({ maxLength: 24 }), { minItems: 1, maxItems: 20 }),
        tlpCeiling: RecordSchema.properties.tlp,
        purpose: Type.String({ maxLength: 40 }),
        legalBasis: Type.String({ maxLength: 40 }),
        days: Type.Integer({ minimum: 1, maximum: 3650 }),
      },
      strict,
    ),
  ),
  'intake.pick': channel<Answer<PickedFile | null>>()(nothing),
  'vault.pick': channel<Answer<ChosenFile | null>>()(nothing),
  /** Seals the file chosen under `token` as exhibit `job`; answers when it is durable. `note` comes back with an unfinished import. */
  'vault.add': channel<Answer<VaultItem>>()(Type.Object({ job: UuidSchema, token: Type.String({ maxLength: 36 }), note: Type.String({ maxLength: 50_000 }) }, strict)),
  'vault.resume': channel<Answer<VaultItem>>()(Type.Object({ job: UuidSchema }, strict)),
  'vault.stop': channel<null>()(Type.Object({ job: UuidSchema }, strict)),
  'vault.unfinished': channel<Answer<readonly UnfinishedImport[]>>()(nothing),
  /** The record of a sealed exhibit is written: its import is over. */
  'vault.settle': channel<Answer<null>>()(Type.Object({ job: UuidSchema }, strict)),
  'vault.discard': channel<Answer<null>>()(Type.Object({ job: UuidSchema }, strict)),
  'vault.verify': channel<Answer<VaultCheck>>()(Type.Object({ job: UuidSchema, vaultId: UuidSchema, sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, strict)),
  'vault.export': channel<Answer<VaultExport | null>>()(Type.Object({ job: UuidSchema, vaultId: UuidSchema, name: Type.String({ minLength: 1, maxLength: 1000 }) }, strict)),
  'content.list': channel<Answer<readonly ContentTransfer[]>>()(nothing),
  /** Sends the content of an exhibit of this vault to one more device (contract/content.ts); answers its name at the hub. What stands in the way comes with `content.changed`. */
  'content.send': channel<Answer<{ readonly content: string }>>()(SendContentSchema),
  'content.receive': channel<Answer<null>>()(ReceiveContentSchema),
  'content.pause': channel<null>()(Type.Object({ content: UuidSchema, paused: Type.Boolean() }, strict)),
  'content.cancel': channel<null>()(Type.Object({ content: UuidSchema }, strict)),
  /** What was done is written down: main forgets the transfer. */
  'content.settle': channel<Answer<null>>()(Type.Object({ content: UuidSchema }, strict)),
  /** Signs the next entry of an exhibit's chain with this device's key; main fills in who, when and which key. */
  'custody.sign': channel<Answer<{ readonly entry: CustodyBody; readonly head: string }>>()(
    Type.Object(
      { entries: Type.Array(CustodySchema, { maxItems: 1000 }), act: Type.Pick(CustodySchema.properties.claim, ['exhibit', 'act', 'from', 'to', 'reason', 'condition', 'lang', 'sha256']) },
      strict,
    ),
  ),
  'custody.check': channel<Answer<readonly ChainFault[]>>()(
    Type.Object(
      {
        head: Type.Object({ exhibit: UuidSchema, sha256: Type.String({ maxLength: 64 }), count: Type.Integer({ minimum: 0 }), head: Type.String({ maxLength: 64 }) }, strict),
        entries: Type.Array(CustodySchema, { maxItems: 1000 }),
      },
      strict,
    ),
  ),
} as const;

export type IpcChannel = keyof typeof IPC;
export const IPC_CHANNELS = Object.keys(IPC) as readonly IpcChannel[];
export type IpcRequest<C extends IpcChannel> = Static<(typeof IPC)[C]['request']>;
export type IpcResponse<C extends IpcChannel> = NonNullable<(typeof IPC)[C]['response']> | Extract<(typeof IPC)[C]['response'], null>;

/** What main tells the window unasked. */
export interface IpcEvents {
  readonly 'link.changed': LinkStatus;
  /** The hub has something to pull. */
  readonly 'link.wake': null;
  readonly 'vault.progress': VaultProgress;
  readonly 'content.changed': readonly ContentTransfer[];
  readonly 'backup.progress': BackupProgress;
  /** A command chosen in the application menu. */
  readonly 'menu.command': string;
}
export type IpcEvent = keyof IpcEvents;
export const IPC_EVENTS: readonly IpcEvent[] = ['link.changed', 'link.wake', 'vault.progress', 'content.changed', 'backup.progress', 'menu.command'];

/** The message that carries the journal's port from main to the window (contract/journal.ts), once after every unlock. */
export const JOURNAL_PORT = 'journal.port';

/** What the preload script gives the window as `window.suar`. */
export interface SuarBridge {
  readonly invoke: <C extends IpcChannel>(channel: C, request: IpcRequest<C>) => Promise<IpcResponse<C>>;
  /** Listens to an event; the answer stops listening. */
  readonly on: <E extends IpcEvent>(event: E, listener: (payload: IpcEvents[E]) => void) => () => void;
}

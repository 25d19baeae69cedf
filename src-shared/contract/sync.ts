/**
 * The protocol between a device and the hub. Version 1.
 *
 * TRANSPORT. HTTP/2 over TLS 1.3. Every route but `POST /v1/enrol` and `GET /v1/ca` needs a client certificate of the hub's own CA whose
 * device is known, not revoked. The device pins the CA: the enrolment code carries the first 10 bytes of the SHA-256 of
 * the CA certificate (DER). Bodies are deterministic CBOR (RFC 8949 §4.2), content type `application/cbor`.
 *
 * COMPRESSION. A body may be deflated as a whole (content-encoding: deflate): sealed bodies do not shrink, envelopes do. The inflated
 *   size is capped on both sides.
 *
 * ENROLMENT CODE. Text `<host>:<port>/<32 characters>`: Crockford base32 (upper case, groups of four joined by hyphens are
 * accepted) of 20 bytes: 10 random bytes of one-time secret, 10 bytes of CA pin. The hub stores only SHA-256(secret). A code
 * names a unit and a role, works once and ends after 7 days.
 *   GET /v1/ca -> {ca: PEM}; open like enrolment. The device compares it with the pin, then trusts this CA alone.
 *   POST /v1/enrol  EnrolRequest -> EnrolAnswer (contract/enrol.ts); 403 {error:'code-refused'}. Rate-limited.
 *
 * CERTIFICATES live 90 days. In the last third of that the device asks for another:
 *   POST /v1/renew RenewRequest -> RenewAnswer, over the present certificate, for a new key. The old one works until the new one is
 *     used, then it retires: a cut anywhere leaves the device with one that works. The hub's clock decides, never the device's. A certificate that has
 *     ended or retired is answered with 401 {error:'certificate-ended'} everywhere but here, up to 180 days after its end; then 401 {error:'not-enrolled'}.
 *   Afterwards a new code is needed; with `proof` the device keeps its id, and what it was admitted to.
 * CLOCKS. Every answer carries `date`, the hub's clock. A device whose clock differs tells the officer and reckons with the hub's. It takes a certificate of the
 *   pinned CA that its own clock calls ended or not yet begun, where the signature, the name and the usage hold and `date` lies within it and not before the
 *   newest time the hub has shown this device (src-main/link/hub-trust.ts).
 *
 * DIRECTORY. GET /v1/directory -> {@link Directory}: units with their public keys, buckets this device may address, the hub's epoch, the addresses of every hub
 *   process over the same database, and devices with their public keys and roles: those of the own unit, of fellow members of taskforces, and makers of keys. With
 *   `since`, the `cursor` of the directory the device has, {@link DirectoryChanges}; with `met`, ids of devices it does not know (authors of records), also all
 *   devices of their units. A cursor of another epoch brings the whole. Public keys are pinned by the device on first use.
 *
 * SEVERAL HUBS. Hub processes keep nothing between requests: a device may go on with any of them, with the same certificate, cursor and CA. It keeps the
 *   addresses of the directory and tries the next one where one does not answer. 429 {error:'hub-busy'} also says that no database node takes writes at present.
 *   An acknowledged push is on the synchronous standby; a push whose answer was lost is repeated and changes nothing.
 *
 * KEYS. The hub carries wrapped keys and can open none. What is wrapped to a public key is sealed to it with HPKE (RFC 9180; contract/hpke.ts): encapsulated key(32) ‖ ciphertext ‖ tag.
 *   Unit secret: 64 bytes = X25519 private key (32) ‖ symmetric key of bucket `u:<unit>` epoch 1 (32). The first device of a
 *     unit makes it and publishes the public half (`unitBoxKey`, accepted once). A later device of the unit waits until an
 *     officer of the unit admits it after comparing a short code; the admitting device wraps the secret to its X25519 key.
 *   Taskforce key: 32 bytes, made by the first member device that finds none, wrapped to each member unit's public key
 *     as CBOR {k: key, d: maker device, s: Ed25519 of ['suar-bucket-key-1', bucket, epoch, k]}; a key no member's device signed is refused.
 *     An upload of an epoch that contains the own unit makes it (only the next epoch, only for all members with a public key); one
 *     that does not hands an epoch the own unit holds to members that joined later. Both routes answer {@link KeyAnswer}; what is not allowed is ignored.
 *   ROTATION. A key that somebody may hold who should not is followed by the next epoch, made by the first device that notices, and everything new is sealed
 *     under that; the hub rejects wraps of an older or a stale epoch (`key-stale`), the device then fetches or makes the next and seals again.
 *     - A unit left a bucket, or the key is sealed to a secret of a unit that was replaced since (`stale`): the next key, to the newest key of every member left.
 *     - A device of the own unit that holds the newest secret was revoked: the next secret (epoch + 1), sealed under the old one and then to every device of the unit that
 *       is not revoked and proved that it holds the old one (`holder`: HMAC under a key of the secret over the device's id and keys). Others wait to be admitted again.
 *       The other units follow the new public key where a device of that unit signed it and `proof`, an HMAC under X25519(old key, reader's key), is right.
 *     - A member that joined is handed all epochs of the bucket (`lacking`): what it may now pull it can open. What it must not read belongs into another taskforce.
 *   An admission carries the secrets of all epochs one after the other.
 *   POST /v1/keys {@link KeyUpload}; GET /v1/keys -> {@link KeyAnswer}. With `since`, a cursor of the directory, of bucket keys those stored since; a device that lacks
 *     an epoch the directory names asks without.
 *
 * RECORDS. A device pushes sealed records and pulls those its buckets may read.
 *   POST /v1/push {rows: {@link PushRow}[], epoch?} -> {@link PushAnswer}. One transaction. A row whose `assumed` is not the master's
 *     `rev` comes back in `conflicts` with the master's state (a content-free tombstone where the device may not see it); a
 *     row equal to the master is accepted again without effect; a row that is not allowed comes back in `rejected` and is not stored.
 *     A body of more than MAX_PUSH_BYTES is answered with 413 {error:'too-large'}: send fewer rows. A device that is not admitted
 *     gets 403 {error:'device-unadmitted'}. A row with the master's `rev` and author is a repetition whatever its bytes (it was sealed
 *     again). An audience must contain a bucket of the author's own; `ref` never changes. A deletion has an empty `body` and
 *     no `wraps`; by the owner's unit it needs no release and may keep the master's audience.
 *     The body may be packed by column instead, {packed, epoch?, parcels?} (contract/packed-push.ts, contract/parcel.ts); the device sends as much at once as the line carries
 *     in about 0.6 s, and the next two while the answer comes where none holds claims or refers to another; an urgent push beside waits for these three at most.
 *     A body that is long for the line goes up before its row, in parts of 4 KiB that a cut does not undo: contract/body-parts.ts. After a push that failed a device asks
 *     which of its versions have arrived, and sends the others: contract/known-versions.ts.
 *   GET /v1/pull?cursor=&limit= -> {@link PullAnswer}. `cursor` is opaque text (`epoch:xid:pos`); empty starts at the beginning.
 *     Rows come in hub order, each record once in a page; one that is no longer visible comes as a {@link Tombstone}, a deleted one as it was pushed.
 *     A cursor of another epoch is answered with 409 {error:'epoch'}: the device starts from the beginning.
 *     After a restore what the hub had then comes first, marked `past`.
 *   RESTORE. A restored hub has a new epoch, and may have lost versions it had acknowledged. A push may name the `epoch` its `assumed` tokens are of; in
 *     another one it is answered with 409 {error:'epoch'} and nothing of it is stored. So no device edits upon what is not there: it pulls everything first, keeps
 *     what is newer than a `past` version (readings rise along the chain of a record's versions), and its author pushes that again, same token, upon the `past` one.
 *   PURGES. A device that removed a record signs a receipt (contract/purge.ts), also where it held none, so that the owner can count to the end.
 *     POST /v1/purged {receipts}; GET /v1/purged?record= -> PurgeAnswer, for the owner's unit alone. A bare tombstone removes no record of the own unit: the device keeps it
 *     and tells the officer. A deletion is signed by its author like any version.
 *   UNIT ADMINISTRATORS (role `admin`; contract/unit-admin.ts) enrol and revoke for their own unit; for all others these routes are not there.
 *     POST /v1/unit/codes {role: officer|admin} -> {secret}; GET /v1/unit/devices; POST /v1/unit/revoke {device}, never the own one;
 *     GET /v1/unit/exposure?device=&after=: what that device could have held: all its unit could ever read that was there when the device last got a page.
 *   GET /v1/frames?cursor= -> application/octet-stream: everything behind the cursor in one answer of FRAMES; the last one says `done`. Errors
 *     before the first frame as for a pull; with `parcels=1` texts that were pushed together come once instead of their bodies (contract/parcel.ts); an answer that ends without
 *     `done` was cut: the device asks again from the last whole frame, with `rest=` for what it lacks of the next one (contract/frame.ts); 206 says that it begins there.
 *   GET /v1/pull?lane=urgent -> the same page and cursor over records of the urgent lanes alone (`lane` of the entity in entities.ts), see LANES. With `hold=1` a page
 *     without rows is answered when there are some or after 20 s; a device holds one request, a second ends the first.
 *   GET /v1/waiting?cursor= -> {@link WaitingAnswer}: how much a pull from there would bring.
 *   GET /v1/stream -> text/event-stream; an event `wake` says that a pull will find something: `data` is `records`, `urgent` (some of them in the urgent
 *     lanes) or `directory` (only the directory and keys changed). A device need not be woken by its own pushes.
 *   CONTENT of an exhibit goes on request, in sealed pieces, by routes of its own, behind everything else: contract/content.ts.
 *
 * FRAMES. A frame (contract/frame.ts) is the deflate-raw of CBOR {rows, cursor, done}: a {@link PullAnswer} whose rows are packed by
 *   column (contract/packed-rows.ts). A frame lasts about 3 s on the line, 8 KiB at least and 256 KiB at most, more only where one record is larger; its cursor
 *   is a checkpoint; what came of the next one before a cut is not sent again. Each frame is a transaction of its own under row-level security. The device limits what is on its way by
 *   the window of HTTP/2 (24 KiB until it knows the line to be faster): another answer on the connection waits for that many bytes at most. What the device does
 *   not read the hub does not send. A frame may have been made before a push was judged: where it holds another version of a record pushed since the stream
 *   was opened, the device drops it and asks again from its cursor; it also asks again after a wake that came while the stream was open.
 *
 * LANES. While a stream runs, the device asks for urgent rows beside it: once where the first frame is not the last, and after a wake `urgent`; then it leaves a request
 *   with `hold` at the hub until the stream ends, so that an urgent row waits for the window once. They move no
 *   checkpoint and come again in the stream. With P the cursor of the urgent page: a row of a frame whose cursor is before P is dropped where the urgent page
 *   had that record (it is no newer, and comes again at P or later); an urgent page is dropped where the stream has reached P. An urgent edit is pushed
 *   beside the outbox and once more, without effect, in its turn. Behind an empty cursor urgent rows wait for the first frame: it says which epoch they are of.
 *
 * SEALING. `body` = nonce(12) ‖ AES-256-GCM(content key, deflate-raw(JSON of the sealed part, shared dictionary)) ‖ tag(16),
 *   additional data = CBOR ['suar-seal-1', id, entity, owner, rev]; nonce = first 12 bytes of HMAC-SHA256(HKDF-SHA256(content key, salt = additional data,
 *   info 'suar-nonce-1'), deflated text), so a version that is sealed again is the same bytes. Where the author holds the symmetric key of a bucket of the audience (the own
 *   unit's first), the content key = HKDF-SHA256(bucket key, salt = CBOR ['suar-content-key-1', id, rev, bucket, epoch], info 'suar-content-1') and `k` of that
 *   one wrap is empty; else it is 32 random bytes. For all others it is wrapped: `k` = nonce(12) ‖ AES-256-GCM(wrapping key, content key) ‖ tag(16), additional data CBOR ['suar-wrap-1', id, rev, bucket, epoch].
 *   Wrapping key: the bucket's symmetric key where the author's unit is a member (`e` ≥ 1); else (`e` = 0) the content key is sealed to the unit's public key with HPKE
 *   (contract/hpke.ts, info 'suar-wrap-1', the same additional data): `eph` is its encapsulated key, `k` = ciphertext ‖ tag(16).
 *   Wraps and audience lie outside signature and hash, so a release can add recipients without resealing.
 * SIGNATURE. `sig` = Ed25519(author device, M), M = CBOR ['suar-record-1', id, entity, owner, tlp, rev, deleted, author, ref, SHA-256(body)]; or, for up to 16 records pushed
 *   together, Ed25519(author device, CBOR ['suar-records-1', size, root]) ‖ size(1) ‖ place(1) ‖ the hashes beside the way from the leaf M to the root, of the
 *   Merkle tree of RFC 9162 §2.1 (contract/signature-group.ts). Packed rows carry what a group shares once.
 *
 * BORDER RULES (checked by the hub, foreseen by the device; domain/release/policy.ts). The countries an audience reaches must be the
 *   owner's own, or: entity border 'release' needs a release covering (record, rev, sha256, audience, not expired) or, for a taskforce
 *   bucket, open mandates of the owner's and the author's country, signed by devices not revoked; border 'claim' carries its signed claim
 *   in `claim` (MAX_CLAIM_BYTES), and its audience names its own unit; border 'receipt' goes to exactly the author's unit and the owner
 *   unit of `ref` (MAX_RECEIPT_BYTES) and is edited by its own unit alone. `community` is never at home: whoever joins later reads it.
 *   A release works once, when it arrives: it covers no later push, also none of its version. Where the author is of another country
 *   than the owner, what leaves the author's country needs that country's mandates besides; units in the taskforce count as the
 *   taskforce. A release row also carries `grants`: wraps of the content key of `claim.record` for the new audience;
 *   the hub adds audience and wraps to that record in the same transaction. Signer: a device with role `ncb` of the owner's country whose
 *   officer is not the author of that version (another device id).
 */
import { Type, type Static } from 'typebox';
import { BucketIdSchema, TlpSchema, UnitIdSchema, UuidSchema } from '../schema/record.ts';
import { ReleaseSchema } from '../schema/release.ts';

/** Bytes in CBOR. */
const bytes = Type.Unsafe<Uint8Array>(Type.Any());
const strict = { additionalProperties: false } as const;

/** Largest sealed body, in bytes (2 MiB); most rows in one push. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;
export const MAX_PUSH_ROWS = 500;
/** Largest sealed body of a claim and of a receipt, in bytes: they cross borders without a release and carry no content. */
export const MAX_CLAIM_BYTES = 4 * 1024;
export const MAX_RECEIPT_BYTES = 512;
/** Most devices a device asks about at once. */
export const MAX_MET_DEVICES = 50;
/** Most rows of one page or frame, and most bytes of a frame, deflated and inflated alike (4 MiB: one record of the largest size and its company). */
export const MAX_PULL_ROWS = 500;
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** Largest body of a push, in bytes (16 MiB). */
export const MAX_PUSH_BYTES = 16 * 1024 * 1024;

/** `host:port` of a hub; an IPv6 address stands in brackets. */
export const ADDRESS_PATTERN = '^(\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$';

export const WrapSchema = Type.Object(
  {
    b: BucketIdSchema,
    /** Epoch of the bucket key, or 0 for a wrap to a unit's public key. */ e: Type.Integer({ minimum: 0 }),
    k: bytes,
    /** HPKE's encapsulated key (an X25519 public key) where e is 0. */ eph: Type.Optional(bytes),
  },
  strict,
);
export type Wrap = Static<typeof WrapSchema>;

export const WireRecordSchema = Type.Object(
  {
    id: UuidSchema,
    entity: Type.String({ maxLength: 24 }),
    owner: UnitIdSchema,
    audience: Type.Array(BucketIdSchema, { minItems: 1, maxItems: 64 }),
    tlp: TlpSchema,
    rev: Type.String({ pattern: '^[0-9a-f]{8,24}$' }),
    deleted: Type.Boolean(),
    author: UuidSchema,
    ref: Type.String({ maxLength: 36 }),
    body: bytes,
    wraps: Type.Array(WrapSchema, { maxItems: 64 }),
    sig: bytes,
  },
  strict,
);
export type WireRecord = Static<typeof WireRecordSchema>;

export const PushRowSchema = Type.Object(
  {
    rec: WireRecordSchema,
    /** `rev` of the master this edit grew from, or null for a new record. */
    assumed: Type.Union([Type.String({ maxLength: 24 }), Type.Null()]),
    /** Signed claim of a release record. */
    claim: Type.Optional(ReleaseSchema),
    /** Wraps of the released record's content key for the added audience. */
    grants: Type.Optional(Type.Array(WrapSchema, { maxItems: 64 })),
  },
  strict,
);
export type PushRow = Static<typeof PushRowSchema>;

/** What a device may learn of a record it can no longer see: only that it is gone. */
export interface Tombstone {
  readonly id: string;
  readonly gone: true;
  /** Never from the hub: this device saw the signature of a deletion. */
  readonly signed?: true;
}
/** `past` on a pulled record: the hub had this version when it was restored. */
export type PulledRow = (WireRecord & { readonly past?: boolean }) | Tombstone;

export interface PushAnswer {
  readonly conflicts: readonly PulledRow[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}
export interface PullAnswer {
  readonly rows: readonly PulledRow[];
  readonly cursor: string;
  /** True when nothing more waits behind this cursor. */
  readonly done: boolean;
}

/** What waits behind a cursor: about what pulling all of it would carry. */
export interface WaitingAnswer {
  readonly records: number;
  /** On the line. */
  readonly bytes: number;
  /** There may be more than was counted. */
  readonly more: boolean;
}

export type { Directory, DirectoryBucket, DirectoryChanges, DirectoryDevice, DirectoryMandate, DirectoryUnit, UnitKeyStep } from './directory.ts';

const BucketKeySchema = Type.Object(
  { bucket: BucketIdSchema, epoch: Type.Integer({ minimum: 1 }), unit: UnitIdSchema, unitEpoch: Type.Optional(Type.Integer({ minimum: 1 })), wrapped: bytes },
  strict,
);
const UnitRotationSchema = Type.Object(
  {
    epoch: Type.Integer({ minimum: 2, maximum: 250 }),
    boxKey: bytes,
    /** Ed25519 of the device over ['suar-unit-step-1', unit, epoch, boxKey]. */
    sig: bytes,
    /** The secret sealed to devices of the unit, the maker among them. */
    secrets: Type.Array(Type.Object({ device: UuidSchema, wrapped: bytes }, strict), { minItems: 1, maxItems: 500 }),
    proofs: Type.Array(Type.Object({ unit: UnitIdSchema, proof: bytes }, strict), { maxItems: 500 }),
  },
  strict,
);
export type UnitRotation = Static<typeof UnitRotationSchema>;
export const KeyUploadSchema = Type.Object(
  {
    /** Publishes the unit's public key; refused (ignored) once there is one. */
    unitBoxKey: Type.Optional(bytes),
    /** Unit secret wrapped to devices of the own unit. */
    admissions: Type.Optional(Type.Array(Type.Object({ device: UuidSchema, wrapped: bytes }, strict), { maxItems: 50 })),
    /** Proves that this device holds the newest secret of its unit. */
    holder: Type.Optional(Type.Object({ epoch: Type.Integer({ minimum: 1 }), proof: bytes }, strict)),
    /** The unit's next secret, after a device that held the newest was revoked. */
    unitRotation: Type.Optional(UnitRotationSchema),
    /** A new taskforce key, one entry per member unit; the first upload of an epoch wins. */
    bucketKeys: Type.Optional(Type.Array(BucketKeySchema, { maxItems: 200 })),
  },
  strict,
);
export type KeyUpload = Static<typeof KeyUploadSchema>;
export interface KeyAnswer {
  /** The unit secret wrapped to this device, or null while it waits to be admitted. */
  readonly admission: Uint8Array | null;
  /** The unit's secrets after the first, wrapped to this device. */
  readonly unitSecrets: readonly { readonly epoch: number; readonly wrapped: Uint8Array }[];
  /** Taskforce keys wrapped to this device's unit. */
  readonly bucketKeys: readonly { readonly bucket: string; readonly epoch: number; readonly wrapped: Uint8Array }[];
}

/** Text both officers read out before a device is admitted: the first 16 hex digits of SHA-256(signKey ‖ boxKey), in groups of four. */
export const ADMISSION_CODE_BYTES = 8;

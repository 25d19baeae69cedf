import { Type, type Static, type TSchema } from 'typebox';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { ADDRESS_PATTERN, MAX_BODY_BYTES, MAX_PUSH_ROWS, WireRecordSchema, WrapSchema } from '#shared/contract/sync.ts';
import { fits } from '../fits.ts';

/** What the hub may answer, checked before anything of it is used; the hub is another country's machine, or someone in between. */
const key32 = Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length === 32));
const bytes = Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length <= 4096));
const admission = Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length <= 16_384));
const text = Type.String({ maxLength: 300 });
const pem = Type.String({ maxLength: 20_000 });

const body = Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length <= MAX_BODY_BYTES));
const strict = { additionalProperties: false } as const;
const RecordRowSchema = Type.Object(
  {
    ...WireRecordSchema.properties,
    body,
    sig: bytes,
    wraps: Type.Array(Type.Object({ ...WrapSchema.properties, k: bytes, eph: Type.Optional(key32) }, strict), { maxItems: 64 }),
    past: Type.Optional(Type.Boolean()),
  },
  strict,
);
const RowSchema = Type.Union([RecordRowSchema, Type.Object({ id: Type.String({ maxLength: 36 }), gone: Type.Literal(true) }, strict)]);

export const CaAnswerSchema = Type.Object({ ca: pem });
export const EnrolAnswerSchema = Type.Object({ unit: text, role: text, cert: pem, ca: pem });
export const RenewAnswerSchema = Type.Object({ cert: pem });
const instant = Type.String({ maxLength: 30 });
const uuid = Type.String({ pattern: '^[0-9a-f-]{36}$' });
export const UnitCodeAnswerSchema = Type.Object({ secret: Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length === 10)) });
export const UnitDevicesAnswerSchema = Type.Object({
  devices: Type.Array(Type.Object({ id: uuid, role: text, admitted: Type.Boolean(), enrolledAt: instant, revokedAt: Type.Union([instant, Type.Null()]), seenAt: Type.Union([instant, Type.Null()]) })),
});
export const ExposureAnswerSchema = Type.Object({
  records: Type.Array(Type.Object({ id: uuid, entity: text, owner: text, deleted: Type.Boolean() })),
  next: Type.Union([uuid, Type.Literal('')]),
});
export const PurgeAnswerSchema = Type.Object({
  devices: Type.Array(Type.Object({ id: text, unit: text, revoked: Type.Boolean() })),
  receipts: Type.Array(Type.Object({ device: text, rev: text, at: text, sig: bytes })),
});
export const PullAnswerSchema = Type.Object({ rows: Type.Array(RowSchema), cursor: text, done: Type.Boolean() });
export const WaitingAnswerSchema = Type.Object({ records: Type.Integer({ minimum: 0 }), bytes: Type.Integer({ minimum: 0 }), more: Type.Boolean() });
export const PushAnswerSchema = Type.Object({ conflicts: Type.Array(RowSchema), rejected: Type.Array(Type.Object({ id: Type.String({ maxLength: 36 }), reason: text })) });
export const KnownAnswerSchema = Type.Object({ others: Type.Array(Type.Integer({ minimum: 0 }), { maxItems: MAX_PUSH_ROWS }) }, strict);
export const HeldAnswerSchema = Type.Object({ parts: Type.Integer({ minimum: 0 }) }, strict);
export const ContentReceivedSchema = Type.Object({ received: Type.Integer({ minimum: 0 }) });
export const KeyAnswerSchema = Type.Object({
  admission: Type.Union([admission, Type.Null()]),
  unitSecrets: Type.Array(Type.Object({ epoch: Type.Integer({ minimum: 2 }), wrapped: bytes })),
  bucketKeys: Type.Array(Type.Object({ bucket: text, epoch: Type.Integer({ minimum: 1 }), wrapped: bytes })),
});
const bucketParts = {
  id: text,
  kind: text,
  name: text,
  epoch: Type.Integer({ minimum: 0 }),
  stale: Type.Boolean(),
  lacking: Type.Array(Type.Object({ unit: text, epochs: Type.Array(Type.Integer({ minimum: 1 })) })),
};
const directoryParts = {
  epoch: text,
  cursor: Type.Optional(text),
  hub: Type.Optional(Type.Object({ signKey: key32, boxKey: key32 })),
  addresses: Type.Array(Type.String({ pattern: ADDRESS_PATTERN, maxLength: 260 }), { maxItems: 16 }),
  self: Type.Object({ device: text, unit: text, role: text }),
  units: Type.Array(Type.Object({ id: text, country: text, kind: text, name: text, boxKey: Type.Union([key32, Type.Null()]), keyEpoch: Type.Integer({ minimum: 0 }) })),
  devices: Type.Array(
    Type.Object({
      id: text,
      unit: text,
      role: text,
      signKey: key32,
      boxKey: key32,
      revoked: Type.Boolean(),
      admitted: Type.Boolean(),
      secretEpoch: Type.Integer({ minimum: 0 }),
      holder: Type.Union([key32, Type.Null()]),
    }),
  ),
  unitKeys: Type.Array(Type.Object({ unit: text, epoch: Type.Integer({ minimum: 2 }), boxKey: key32, maker: text, sig: bytes, proof: Type.Union([bytes, Type.Null()]) })),
  mandates: Type.Array(Type.Object({ bucket: text, country: text, entities: Type.Array(text), tlpCeiling: text, expires: text })),
};
export const DirectorySchema = Type.Object({ ...directoryParts, buckets: Type.Array(Type.Object({ ...bucketParts, members: Type.Array(text) })) });
export const DirectoryAnswerSchema = Type.Union([
  Type.Object({ ...directoryParts, since: text, buckets: Type.Array(Type.Object({ ...bucketParts, members: Type.Union([Type.Array(text), Type.Null()]) })) }),
  DirectorySchema,
]);

/** Passes an answer on only where it has the shape expected; else `hub-garbage`. */
export function checkAnswer<S extends TSchema>(schema: S, answer: Result<unknown, AppError>): Result<Static<S>, AppError> {
  if (!answer.ok) return answer;
  return fits(schema, answer.value) ? ok(answer.value) : err({ code: 'hub-garbage' });
}

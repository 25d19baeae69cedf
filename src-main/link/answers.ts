import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { ADDRESS_PATTERN, MAX_BODY_BYTES, WireRecordSchema, WrapSchema } from '#shared/contract/sync.ts';

/** What the hub may answer, checked before anything of it is used; the hub is another country's machine, or someone in between. */
const key32 = Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length === 32));
const bytes = Type.Unsafe<Uint8Array>(Type.Refine(Type.Any(), (value: unknown) => value instanceof Uint8Array && value.length <= 4096));
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
export const PullAnswerSchema = Type.Object({ rows: Type.Array(RowSchema), cursor: text, done: Type.Boolean() });
export const PushAnswerSchema = Type.Object({ conflicts: Type.Array(RowSchema), rejected: Type.Array(Type.Object({ id: Type.String({ maxLength: 36 }), reason: text })) });
export const ContentReceivedSchema = Type.Object({ received: Type.Integer({ minimum: 0 }) });
export const KeyAnswerSchema = Type.Object({
  admission: Type.Union([bytes, Type.Null()]),
  bucketKeys: Type.Array(Type.Object({ bucket: text, epoch: Type.Integer({ minimum: 1 }), wrapped: bytes })),
});
export const DirectorySchema = Type.Object({
  epoch: text,
  hub: Type.Optional(Type.Object({ signKey: key32, boxKey: key32 })),
  addresses: Type.Array(Type.String({ pattern: ADDRESS_PATTERN, maxLength: 260 }), { maxItems: 16 }),
  self: Type.Object({ device: text, unit: text, role: text }),
  units: Type.Array(Type.Object({ id: text, country: text, kind: text, name: text, boxKey: Type.Union([key32, Type.Null()]) })),
  devices: Type.Array(Type.Object({ id: text, unit: text, role: text, signKey: key32, boxKey: key32, revoked: Type.Boolean(), admitted: Type.Boolean() })),
  buckets: Type.Array(Type.Object({ id: text, kind: text, name: text, members: Type.Array(text), epoch: Type.Integer({ minimum: 0 }) })),
  mandates: Type.Array(Type.Object({ bucket: text, country: text, entities: Type.Array(text), tlpCeiling: text, expires: text })),
});

/** Passes an answer on only where it has the shape expected; else `hub-garbage`. */
export function checkAnswer<S extends TSchema>(schema: S, answer: Result<unknown, AppError>): Result<Static<S>, AppError> {
  if (!answer.ok) return answer;
  return Value.Check(schema, answer.value) ? ok(answer.value as Static<S>) : err({ code: 'hub-garbage' });
}

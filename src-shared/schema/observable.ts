import { Type, type Static } from 'typebox';

/** Kinds of observable an officer records; the names follow STIX 2.1 §6 where it has one. */
export const OBSERVABLE_KINDS = ['phone', 'wallet', 'domain', 'ipv4', 'ipv6', 'url', 'email', 'bank-account', 'hash', 'file-name', 'account', 'mac', 'asn', 'other'] as const;
export type ObservableKind = (typeof OBSERVABLE_KINDS)[number];

export const ObservableSchema = Type.Object(
  {
    kind: Type.Enum([...OBSERVABLE_KINDS]),
    /** As the officer or the source wrote it; never changed. */
    value: Type.String({ minLength: 1, maxLength: 2048 }),
    /** Normalised for comparison (domain/observable/normalise.ts); two observables are the same when kind and key are equal. */
    key: Type.String({ minLength: 1, maxLength: 2048 }),
    note: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
);
export type Observable = Static<typeof ObservableSchema>;

import { Type, type Static } from 'typebox';

/** An officer's card inside their unit: it gives a device a name. Names are never split. Version 1. */
export const ContactSchema = Type.Object(
  {
    fullName: Type.String({ minLength: 1, maxLength: 200 }),
    romanised: Type.String({ maxLength: 200 }),
    unit: Type.String({ maxLength: 40 }),
    /** Device the officer works on, or the empty string. */
    device: Type.String({ maxLength: 36 }),
    role: Type.String({ maxLength: 40 }),
    phone: Type.String({ maxLength: 60 }),
    /** BCP 47 tags the officer reads, best first. */
    langs: Type.Array(Type.String({ maxLength: 20 }), { maxItems: 20 }),
  },
  { additionalProperties: false },
);
export type ContactBody = Static<typeof ContactSchema>;

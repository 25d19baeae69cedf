import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const checks = new WeakMap<TSchema, (value: unknown) => boolean>();

/**
 * Whether a value has the shape of a schema of ours; for what comes by the thousand. Like `Value.Check`, about ten times as fast from the second value on:
 * the schema becomes code when it is first asked for. Main has no content policy that forbids that, and no schema comes from outside.
 */
export function fits<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  let check = checks.get(schema);
  if (check === undefined) {
    const compiled = Compile(schema);
    check = (each) => compiled.Check(each);
    checks.set(schema, check);
  }
  return check(value);
}

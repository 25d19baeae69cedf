import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const checks = new WeakMap<TSchema, (value: unknown) => boolean>();

/**
 * Whether a value has the shape of a schema of ours, as `Value.Check` says; for what comes by the thousand: the schema becomes code when it is first asked for. Main has no content policy that forbids that, and no schema comes from outside.
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

import { Compile } from 'typebox/compile';
import { Type, type Static } from 'typebox';
import type { Database } from '../db/database.ts';
import { addTaskforce, addUnit, AdminError, listUnits } from './admin.ts';

const RegionSchema = Type.Object({
  units: Type.Array(Type.Object({ id: Type.String(), country: Type.String(), kind: Type.String(), name: Type.String() })),
  taskforces: Type.Optional(Type.Array(Type.Object({ id: Type.String(), name: Type.String(), members: Type.Array(Type.String()) }))),
});
/** Units and taskforces of a region (resources/region/*.json). */
export type Region = Static<typeof RegionSchema>;
const regionShape = Compile(RegionSchema);

/** Reads a region, throwing {@link AdminError} where it has another shape. */
export function readRegion(value: unknown): Region {
  if (!regionShape.Check(value)) throw new AdminError('the file is no region: {units: [{id, country, kind, name}], taskforces: [{id, name, members}]}');
  return value;
}

/** Adds the units and taskforces of a region that are not there yet; running it twice changes nothing. */
export async function seedRegion(db: Database, region: Region): Promise<void> {
  const known = new Set((await listUnits(db)).map((unit) => unit.id));
  for (const unit of region.units) if (!known.has(unit.id)) await addUnit(db, unit);
  for (const taskforce of region.taskforces ?? []) await addTaskforce(db, taskforce);
}

import { StoreDamagedError } from '../store-damaged-error.ts';
import { StoreFullError } from '../store-full-error.ts';
import type { RowTable } from './row-table.ts';
import { isFileDamage, isFileFull } from './store-disk.ts';

const WRITES: ReadonlySet<string> = new Set(['put', 'remove']);

type OnDamage = (error: StoreDamagedError) => void;

/** Runs `run` with errors the application knows: StoreFullError where a write found no room, StoreDamagedError (without an id) where SQLite cannot read its file. */
export function guarded<T>(collection: string, run: () => T, onDamage: OnDamage, isWrite = false): T {
  try {
    return run();
  } catch (error) {
    if (isWrite && isFileFull(error)) throw new StoreFullError(error);
    if (!isFileDamage(error)) throw error;
    const damage = new StoreDamagedError(collection, '', error);
    onDamage(damage);
    throw damage;
  }
}

/** The table with every method {@link guarded}. */
export function guardTable(collection: string, table: RowTable, onDamage: OnDamage): RowTable {
  const methods = Object.entries(table).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'function') return [name, value];
    return [name, (...args: unknown[]) => guarded(collection, () => (value as (...args: unknown[]) => unknown)(...args), onDamage, WRITES.has(name))];
  });
  return Object.fromEntries(methods) as RowTable;
}

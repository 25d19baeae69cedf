const CURSOR = /^(.*):(\d{1,20}):(\d{1,20})$/;

/**
 * Whether cursor `a` (`epoch:xid:pos`, or empty for the beginning) stands before `b` in the hub's order; never where the epochs differ.
 * The window treats cursors as opaque; only main and the hub compare them.
 */
export function isCursorBefore(a: string, b: string): boolean {
  const right = CURSOR.exec(b);
  if (!right) return false;
  if (a === '') return true;
  const left = CURSOR.exec(a);
  if (left?.[1] !== right[1]) return false;
  const [xidA, xidB] = [BigInt(left?.[2] ?? 0), BigInt(right[2] ?? 0)];
  return xidA === xidB ? BigInt(left?.[3] ?? 0) < BigInt(right[3] ?? 0) : xidA < xidB;
}

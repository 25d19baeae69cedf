import { bytesToHex } from '#shared/base/ids.ts';

/**
 * The record id of an imported object: a UUIDv8 (RFC 9562 §5.8) from SHA-256 over the owner and the object's identity in its source,
 * so that every device of a unit gives the same object the same id, and two units never share one.
 */
export async function keyedId(owner: string, sourceKey: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`suar-intake-1|${owner}|${sourceKey}`)));
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytesToHex(hash.subarray(0, 16));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The ids imported objects have or would get, in the order of `sourceKeys`.
 * @param owners whose ids to look for: the unit first, then what the device was before enrolment.
 * @param findExisting the ids among those given that the store has.
 */
export async function keyedIds(sourceKeys: readonly string[], owners: readonly string[], findExisting: (ids: string[]) => Promise<ReadonlySet<string>>): Promise<string[]> {
  const candidates = await Promise.all(sourceKeys.map((key) => Promise.all(owners.map((owner) => keyedId(owner, key)))));
  const existing = owners.length > 1 ? await findExisting(candidates.flat()) : new Set<string>();
  return candidates.map((ids) => ids.find((id) => existing.has(id)) ?? ids[0] ?? '');
}

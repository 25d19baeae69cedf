import { INTEL_OBSERVABLES_MAX, type IntelBody } from '../schema/intel.ts';
import type { Observable } from '../schema/observable.ts';
import type { Tlp } from '../schema/record.ts';
import type { IntakeItem } from './intake-file.ts';

/** Items of one source object: one, or several parts where its observables do not fit one record. Repeated observables are kept once. */
export function splitParts(body: IntelBody, observables: readonly Observable[], tlp: Tlp): IntakeItem[] {
  const unique = [...new Map(observables.map((observable) => [`${observable.kind}|${observable.key}`, observable])).values()];
  const parts = Math.max(1, Math.ceil(unique.length / INTEL_OBSERVABLES_MAX));
  return Array.from({ length: parts }, (_, i) => ({
    sourceKey: `${body.source.objectId}|${i + 1}`,
    tlp,
    body: { ...body, observables: unique.slice(i * INTEL_OBSERVABLES_MAX, (i + 1) * INTEL_OBSERVABLES_MAX), part: i + 1, parts },
  }));
}

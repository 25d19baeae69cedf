import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { DirectoryView, LinkStatus } from '#shared/contract/link.ts';
import type { EntityName } from '#shared/entities.ts';
import type { ContactBody } from '#shared/schema/contact.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { DataService } from './data-service.ts';
import type { SetAsideEntry } from './worker/protocol.ts';

/** What every screen works with; composed by app/, given down by context. Cleared by lock: the window's process ends. */
export interface Services {
  readonly data: DataService;
  readonly deviceId: string;
  readonly fullName: string;
  readonly link: LinkStatus | undefined;
  readonly directory: DirectoryView | undefined;
  /** Changes not yet at the hub, and roughly how many bytes they are. */
  readonly pending: { readonly count: number; readonly bytes: number };
  /** Edits the hub refused and that wait for the officer. */
  readonly setAside: readonly SetAsideEntry[];
  /** The store was found damaged; it is made again at the next unlock. */
  readonly storeAltered: boolean;
  /** Language briefs are read in (BCP 47). */
  readonly readingLocale: string;
}

const ServicesContext = createContext<Services | undefined>(undefined);

/** Gives the services to every screen below. */
export function ServicesProvider({ services, children }: { readonly services: Services; readonly children: ReactNode }) {
  return <ServicesContext value={services}>{children}</ServicesContext>;
}

/** The services of the unlocked workspace. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('no services above this component');
  return services;
}

/** Most rows a list shows; narrower filters reach the rest. */
const LIST_LIMIT = 1000;

/** A live list of one entity, newest first; undefined until the first answer. */
export function useRecords<Body extends object>(entity: EntityName, filter: { readonly status?: string; readonly ref?: string } = {}): readonly RecordOf<Body>[] | undefined {
  const { data } = useServices();
  const { status, ref } = filter;
  const [rows, setRows] = useState<readonly RecordOf<Body>[]>();
  useEffect(() => data.watch<Body>({ entity, limit: LIST_LIMIT, ...(status ? { status } : {}), ...(ref ? { ref } : {}) }, setRows), [data, entity, status, ref]);
  return rows;
}

/**
 * The chosen record: from the rows of a list where it is among them, else from the store, for one that was found by search and is older than
 * what the list shows. Undefined until it is read, and where there is none.
 */
export function useRecord<Body extends object>(entity: EntityName, id: string | undefined, rows: readonly RecordOf<Body>[] | undefined): RecordOf<Body> | undefined {
  const { data } = useServices();
  const listed = rows?.find((row) => row.id === id);
  const [read, setRead] = useState<RecordOf<Body>>();
  const isMissing = id !== undefined && rows !== undefined && listed === undefined;
  useEffect(() => {
    if (!isMissing) return undefined;
    const load = (): void => void data.get<Body>(entity, id).then(setRead, () => setRead(undefined));
    load();
    return data.onIndexChanged(load);
  }, [data, entity, id, isMissing]);
  return listed ?? (read?.id === id ? read : undefined);
}

/** Names of units, buckets and devices, from the directory and the cards of the own unit. */
export interface Names {
  /** Name of a unit; its id while the directory is not known. */
  readonly unit: (unit: string) => string;
  /** Country of a unit (ISO 3166-1 alpha-2), or the empty string. */
  readonly country: (unit: string) => string;
  readonly bucket: (bucket: string) => string;
  /** The officer at a device of the own unit, else the device's unit. */
  readonly device: (device: string) => string;
}

/** {@link Names} that change with the directory and the cards. */
export function useNames(): Names {
  const { directory, deviceId, fullName } = useServices();
  const cards = useRecords<ContactBody>('contact');
  return useMemo(() => {
    const units = new Map(directory?.units.map((unit) => [unit.id, unit]) ?? []);
    const buckets = new Map(directory?.buckets.map((bucket) => [bucket.id, bucket.name]) ?? []);
    const officers = new Map(cards?.map((card) => [card.body.device, card.body.fullName]) ?? []);
    const unitOfDevice = new Map(directory?.devices.map((device) => [device.id, device.unit]) ?? []);
    const unit = (id: string) => units.get(id)?.name ?? id;
    return {
      unit,
      country: (id) => units.get(id)?.country ?? '',
      bucket: (id) => (id.startsWith('u:') ? unit(id.slice(2)) : (buckets.get(id) ?? id)),
      device: (id) => officers.get(id) ?? (id === deviceId ? fullName : unit(unitOfDevice.get(id) ?? id)),
    };
  }, [directory, cards, deviceId, fullName]);
}

/** What main tells the window about the line to the hub. */
import type { AppError } from './errors.ts';
import type { LineState } from './line.ts';

export interface Enrolment {
  readonly unit: string;
  readonly role: string;
  readonly hub: string;
}

/** `waiting`: the officer's plan keeps the line closed. */
export type LinkState = 'not-enrolled' | 'offline' | 'connecting' | 'online' | 'waiting' | 'paused' | 'refused';
/** What waits at the hub, as the hub told and less what came since. */
export interface ReceivingState {
  readonly records: number;
  /** On the wire, about. */
  readonly bytes: number;
  /** The hub stopped counting: there may be more. */
  readonly more: boolean;
  /** Bytes a second that come at present; null where that is not known. */
  readonly bytesPerSecond: number | null;
}
export interface LinkStatus {
  readonly state: LinkState;
  readonly enrolment: Enrolment | null;
  /** Holds the unit's keys; false while it waits to be admitted. */
  readonly admitted: boolean;
  /** What both officers read out before this device is admitted, e.g. `4F2A 91C0 77E1 0B3D`. */
  readonly admissionCode: string;
  /** Why the last attempt failed. */
  readonly error: AppError | null;
  /** ISO 8601 instant of the last successful exchange, or empty. */
  readonly lastSuccess: string;
  /** Bytes since the application started. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Hub's clock minus this device's, in milliseconds, as of the last connection; null before the first. */
  readonly clockOffsetMs: number | null;
  /** Records that came from the hub and could not be opened or failed their checks, since the last full pull. */
  readonly unreadable: number;
  readonly line: LineState;
  /** Null where nothing is known to wait. */
  readonly receiving: ReceivingState | null;
  /** Since when the directory is as it is; another number where it is another directory. */
  readonly directoryAsOf: number;
}

/** The directory as the window sees it: no keys. */
export interface DirectoryView {
  readonly self: { readonly device: string; readonly unit: string; readonly role: string };
  readonly units: readonly {
    readonly id: string;
    readonly country: string;
    readonly kind: string;
    readonly name: string;
    readonly ready: boolean;
    /** The unit's key differs from the one pinned here. */ readonly keyChanged: boolean;
  }[];
  readonly devices: readonly { readonly id: string; readonly unit: string; readonly role: string; readonly revoked: boolean; readonly admitted: boolean; readonly admissionCode: string }[];
  readonly buckets: readonly { readonly id: string; readonly kind: string; readonly name: string; readonly members: readonly string[] }[];
  readonly mandates: readonly { readonly bucket: string; readonly country: string; readonly entities: readonly string[]; readonly tlpCeiling: string; readonly expires: string }[];
}

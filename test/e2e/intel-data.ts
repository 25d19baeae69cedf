import { existsSync } from 'node:fs';
import path from 'node:path';

/** The real files and an observable each shares with the case; the project's own fixtures where the shared data is absent. */
export interface IntelData {
  readonly stix: string;
  readonly misp: string;
  readonly fromStix: { readonly kind: string; readonly value: string };
  readonly fromMisp: { readonly kind: string; readonly value: string };
}

const SHARED = path.resolve('../shared/data');

/** Chooses real data where it is there. */
export function intelData(): IntelData {
  const stix = path.join(SHARED, 'stix/apt1.json');
  const misp = path.join(SHARED, 'misp/eset-mozi.misp-event.json');
  if (existsSync(stix) && existsSync(misp)) {
    return { stix, misp, fromStix: { kind: 'domain', value: 'hugesoft[.]org' }, fromMisp: { kind: 'ipv4', value: '157.119.75.16' } };
  }
  console.log("shared data is absent: using the project's own fixtures");
  return {
    stix: path.resolve('test/fixtures/stix-2.1-bundle.json'),
    misp: path.resolve('test/fixtures/misp-event.json'),
    fromStix: { kind: 'domain', value: 'parcel-fee.example' },
    fromMisp: { kind: 'wallet', value: 'bc1qsyntheticexample000000000000000000000000' },
  };
}

import { err, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ContactBody } from '#shared/schema/contact.ts';
import type { DataService } from '../../db/data-service.ts';

/** Hands the unit's keys to a colleague's device whose code was compared. Errors: `hub-unreachable`, `device-unadmitted`. */
export function admitDevice(device: string, code: string): Promise<Result<null, AppError>> {
  return window.suar.invoke('link.admit', { device, code }).catch(() => err({ code: 'unexpected' } as const));
}

/** Writes the officer's own card once, so that colleagues see a name where they would see a device. */
export async function writeOwnCard(data: DataService, cards: readonly { readonly body: ContactBody }[], card: Pick<ContactBody, 'fullName' | 'unit' | 'device' | 'role' | 'langs'>): Promise<void> {
  if (cards.some(({ body }) => body.device === card.device)) return;
  await data.insert<ContactBody>('contact', { body: { romanised: '', phone: '', ...card, langs: [...card.langs] }, status: 'active', tlp: 'AMBER' });
}

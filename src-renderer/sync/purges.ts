import type { SyncLink } from './link.ts';

const LOOK_BACK_IDS = 500;

/** Tells main what the store removed, so that it signs receipts. What cannot be told now is found again by `lookBack` after the next start. */
export function reportPurges(
  link: Pick<SyncLink, 'purged'>,
  find: (ids: string[]) => Promise<readonly { readonly id: string }[]>,
): { readonly removed: (id: string) => void; readonly lookBack: () => void } {
  let waiting: string[] = [];
  const tell = async (ids: readonly string[]): Promise<void> => {
    await link.purged?.(ids);
  };
  const lookBack = async (): Promise<void> => {
    const open = (await link.purged?.([])) ?? [];
    for (let at = 0; at < open.length; at += LOOK_BACK_IDS) {
      const part = open.slice(at, at + LOOK_BACK_IDS);
      const held = new Set((await find(part)).map(({ id }) => id));
      await tell(part.filter((id) => !held.has(id)));
    }
  };
  return {
    removed: (id) => {
      waiting.push(id);
      if (waiting.length > 1) return;
      setTimeout(() => {
        const ids = waiting.splice(0, LOOK_BACK_IDS);
        void tell(ids).catch(() => undefined);
      });
    },
    lookBack: () => void lookBack().catch(() => undefined),
  };
}

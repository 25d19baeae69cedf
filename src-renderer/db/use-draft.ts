import { useCallback, useEffect, useRef, useState } from 'react';
import { useServices } from './services.tsx';

/** How long typing pauses before a draft is written, in milliseconds. */
const SAVE_AFTER_MS = 300;

/** A form's unsaved content, kept sealed on this device under `id` as the officer types: it survives a crash, a lock and a change of language. */
export interface Draft<T> {
  readonly value: T;
  /** Whether what was kept is in `value`; before that a form shows nothing: what is typed would run into what was kept, or be written over it. */
  readonly isRead: boolean;
  readonly set: (next: T) => void;
  /** The form was saved or given up: the draft goes. */
  readonly clear: () => void;
}

/** Opens the draft `id`, or starts from `initial` where there is none. `T` must be plain JSON. */
export function useDraft<T extends object>(id: string, initial: T): Draft<T> {
  const { data } = useServices();
  const [value, setValue] = useState(initial);
  const [isRead, setRead] = useState(false);
  const pending = useRef<{ readonly timer: ReturnType<typeof setTimeout>; readonly write: () => void }>(undefined);
  useEffect(() => {
    let live = true;
    const begin = (kept?: T): void => {
      if (!live) return;
      if (kept) setValue(kept);
      setRead(true);
    };
    void data.getDraft<T>(id).then(begin, () => begin());
    return () => {
      live = false;
      if (!pending.current) return;
      clearTimeout(pending.current.timer);
      pending.current.write();
    };
  }, [data, id]);
  const set = useCallback(
    (next: T) => {
      setValue(next);
      clearTimeout(pending.current?.timer);
      const write = () => {
        pending.current = undefined;
        void data.putDraft(id, next);
      };
      pending.current = { timer: setTimeout(write, SAVE_AFTER_MS), write };
    },
    [data, id],
  );
  const clear = useCallback(() => {
    clearTimeout(pending.current?.timer);
    pending.current = undefined;
    void data.dropDraft(id);
  }, [data, id]);
  return { value, isRead, set, clear };
}

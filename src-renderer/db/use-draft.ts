import { useCallback, useEffect, useRef, useState } from 'react';
import { useServices } from './services.tsx';

/** How long typing pauses before a draft is written, in milliseconds. */
const SAVE_AFTER_MS = 300;

/** A form's unsaved content, kept sealed on this device under `id` as the officer types: it survives a crash, a lock and a change of language. */
export interface Draft<T> {
  readonly value: T;
  readonly set: (next: T) => void;
  /** The form was saved or given up: the draft goes. */
  readonly clear: () => void;
}

/** Opens the draft `id`, or starts from `initial` where there is none. `T` must be plain JSON. */
export function useDraft<T extends object>(id: string, initial: T): Draft<T> {
  const { data } = useServices();
  const [value, setValue] = useState(initial);
  const pending = useRef<{ readonly timer: ReturnType<typeof setTimeout>; readonly write: () => void }>(undefined);
  const touched = useRef(false);
  useEffect(() => {
    let live = true;
    void data.getDraft<T>(id).then((kept) => {
      if (live && kept && !touched.current) setValue(kept);
    });
    return () => {
      live = false;
      if (!pending.current) return;
      clearTimeout(pending.current.timer);
      pending.current.write();
    };
  }, [data, id]);
  const set = useCallback(
    (next: T) => {
      touched.current = true;
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
  return { value, set, clear };
}

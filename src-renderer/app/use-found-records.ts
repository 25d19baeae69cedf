import { useMemo } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useKindName } from '../kit/kind-name.ts';
import { useAnswer } from '../features/search/queries.ts';
import { openRecord } from './open-record.ts';
import type { Command } from './palette.tsx';

const RECORDS_MAX = 8;

/** Records that hold what is typed into the palette, each as a command that opens it; none for an older text. */
export function useFoundRecords(text: string): readonly Command[] {
  const navigate = useNavigate();
  const kindName = useKindName();
  const query = useMemo(() => ({ text, limit: RECORDS_MAX }), [text]);
  const asked = useAnswer(query);
  return useMemo(() => {
    if (asked?.query.text !== text) return [];
    return (asked.answer?.hits ?? []).map((hit) => ({
      id: `record-${hit.id}`,
      label: hit.title.text,
      note: kindName(hit.entity),
      ...(hit.lang ? { lang: hit.lang } : {}),
      run: () => openRecord(hit, (to) => void navigate({ to })),
    }));
  }, [asked, text, kindName, navigate]);
}

import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Stack } from '../../kit/page.tsx';
import { saveSheet } from './actions.ts';
import type { Kit } from './kit.ts';
import styles from './recovery.module.css';
import { sheetToWords } from './sheet-code.ts';

interface SheetViewProps {
  readonly kit: Kit;
  /** From 0. */
  readonly at: number;
  readonly onGo: (at: number) => void;
}

/** One sheet of a kit: its words, numbered, and the ways to take it away. Only the sheet itself is printed. */
export function SheetView({ kit, at, onGo }: SheetViewProps) {
  const { t } = useTranslation('recovery');
  const errorText = useErrorText();
  const sheet = kit.pages[at];
  const [words, setWords] = useState<readonly string[]>([]);
  const [told, setTold] = useState<{ readonly kind: 'ok' | 'bad'; readonly text: string }>();
  useEffect(() => {
    if (sheet) void sheetToWords(sheet).then(setWords);
  }, [sheet]);
  if (!sheet) return null;
  const title = t('sheet.title', { index: sheet.index, sheets: kit.sheets });
  const lines = [t('sheet.kit', { kit: kit.kit }), title, t('sheet.need', { count: kit.threshold }), t('sheet.explain')];
  const save = async (format: 'pdf' | 'txt'): Promise<void> => {
    const saved = await saveSheet(format, sheet, kit.sheets, lines, words);
    setTold(saved.ok ? (saved.value ? { kind: 'ok', text: t('sheet.saved') } : undefined) : { kind: 'bad', text: errorText(saved.error) });
  };
  return (
    <Stack>
      <div className={styles['sheet']} data-sheet={sheet.index}>
        <strong>{lines[0]}</strong>
        <span>{title}</span>
        <ol className={styles['words']} lang="en" translate="no">
          {words.map((word, nth) => (
            <li key={nth}>{word}</li>
          ))}
        </ol>
        <span>{lines[2]}</span>
        <span>{lines[3]}</span>
      </div>
      <p>{t('sheet.warning')}</p>
      {told ? (
        <Notice kind={told.kind}>
          <p>{told.text}</p>
        </Notice>
      ) : null}
      <Actions>
        <Button onPress={() => void save('txt')}>{t('sheet.text')}</Button>
        <Button onPress={() => void save('pdf')}>{t('sheet.pdf')}</Button>
      </Actions>
      {kit.sheets > 1 ? (
        <Actions>
          <Button isDisabled={at === 0} onPress={() => onGo(at - 1)}>
            {t('sheet.previous')}
          </Button>
          <Button isDisabled={at === kit.sheets - 1} onPress={() => onGo(at + 1)}>
            {t('sheet.next')}
          </Button>
        </Actions>
      ) : null}
    </Stack>
  );
}

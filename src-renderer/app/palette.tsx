import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { searchKey } from '#shared/domain/text/search-key.ts';
import { Dialog } from '../kit/dialog.tsx';
import { TextField } from '../kit/field.tsx';
import { useFoundRecords } from './use-found-records.ts';
import styles from './palette.module.css';

/** One thing the palette can do. */
export interface Command {
  readonly id: string;
  readonly label: string;
  /** What kind of thing it is, where that is not plain. */
  readonly note?: string;
  /** BCP 47 tag of the label where it is not the interface's. */
  readonly lang?: string;
  readonly run: () => void;
}

interface PaletteProps {
  readonly isOpen: boolean;
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}

/** The field and what it finds; mounted while the palette is open. */
function PaletteContent({ commands, onClose }: Omit<PaletteProps, 'isOpen'>) {
  const { t } = useTranslation('app');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const records = useFoundRecords(text);
  const wanted = searchKey(text.trim());
  const named = commands.filter((command) => searchKey(command.label).includes(wanted));
  const shown = [...named, ...records];
  const run = (command: Command | undefined): void => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, shown.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Enter') run(shown[at]);
    else return;
    event.preventDefault();
  };
  const option = (command: Command, index: number) => (
    <li
      key={command.id}
      role="option"
      aria-selected={index === at}
      className={styles['item']}
      data-selected={index === at || undefined}
      onPointerEnter={() => setAt(index)}
      onClick={() => run(command)}
    >
      <bdi lang={command.lang}>{command.label}</bdi>
      {command.note ? <span className={styles['note']}>{command.note}</span> : null}
    </li>
  );
  return (
    <div onKeyDown={onKeyDown} role="presentation">
      <TextField
        label={t('palette.search')}
        hideLabel
        placeholder={t('palette.search')}
        value={text}
        autoFocus
        onChange={(value) => {
          setText(value);
          setAt(0);
        }}
      />
      <ul className={styles['list']} role="listbox" tabIndex={0} aria-label={t('palette.title')}>
        {named.map(option)}
        {records.length > 0 ? (
          <li role="presentation" className={styles['group']}>
            {t('palette.records')}
          </li>
        ) : null}
        {records.map((record, n) => option(record, named.length + n))}
      </ul>
      {shown.length === 0 ? <p role="status">{t('palette.none')}</p> : null}
    </div>
  );
}

/** Ctrl+K: every command by name, in the interface's language, and below them the records that hold the words. ↑ ↓ choose, Enter runs. */
export function Palette({ isOpen, commands, onClose }: PaletteProps) {
  const { t } = useTranslation('app');
  return (
    <Dialog title={t('palette.title')} isOpen={isOpen} onClose={onClose}>
      <PaletteContent commands={commands} onClose={onClose} />
    </Dialog>
  );
}

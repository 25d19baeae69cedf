import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../kit/dialog.tsx';
import { TextField } from '../kit/field.tsx';
import styles from './palette.module.css';

/** One thing the palette can do. */
export interface Command {
  readonly id: string;
  readonly label: string;
  /** BCP 47 tag of the label where it is not the interface's. */
  readonly lang?: string;
  readonly run: () => void;
}

interface PaletteProps {
  readonly isOpen: boolean;
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}

/** Ctrl+K: every command by name, in the interface's language. ↑ ↓ choose, Enter runs. */
export function Palette({ isOpen, commands, onClose }: PaletteProps) {
  const { t } = useTranslation('app');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLocaleLowerCase();
  const shown = commands.filter((command) => command.label.toLocaleLowerCase().includes(wanted));
  const run = (command: Command | undefined): void => {
    if (!command) return;
    setText('');
    setAt(0);
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
  return (
    <Dialog title={t('palette.title')} isOpen={isOpen} onClose={onClose}>
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
          {shown.map((command, index) => (
            <li
              key={command.id}
              role="option"
              aria-selected={index === at}
              className={styles['item']}
              data-selected={index === at || undefined}
              lang={command.lang}
              onPointerEnter={() => setAt(index)}
              onClick={() => run(command)}
            >
              {command.label}
            </li>
          ))}
        </ul>
        {shown.length === 0 ? <p role="status">{t('palette.none')}</p> : null}
      </div>
    </Dialog>
  );
}

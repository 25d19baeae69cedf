import { useTranslation } from 'react-i18next';
import { Button } from '../kit/button.tsx';
import { Actions, Dialog } from '../kit/dialog.tsx';

const SHORTCUTS = [
  ['move', '↑ ↓ Home End'],
  ['search', '/'],
  ['palette', 'Ctrl+K'],
  ['newCase', 'Ctrl+N'],
  ['import', 'Ctrl+I'],
  ['lock', 'Ctrl+L'],
  ['help', 'F1 ?'],
] as const;

/** The keyboard of the application on one page. */
export function Shortcuts({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation('app');
  return (
    <Dialog title={t('shortcuts.title')} isOpen={isOpen} onClose={onClose}>
      <dl>
        {SHORTCUTS.map(([id, keys]) => [
          <dt key={id}>{t(`shortcuts.${id}`)}</dt>,
          <dd key={`${id} keys`} lang="en">
            <kbd>{keys}</kbd>
          </dd>,
        ])}
      </dl>
      <Actions>
        <Button kind="primary" autoFocus onPress={onClose}>
          {t('action.close')}
        </Button>
      </Actions>
    </Dialog>
  );
}

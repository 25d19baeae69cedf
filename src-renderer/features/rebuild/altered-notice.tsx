import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { Notice } from '../../kit/notice.tsx';

/** Over every section once the store was found damaged, until it is locked and made again. */
export function AlteredNotice({ onLock }: { readonly onLock: () => void }) {
  const { t } = useTranslation('rebuild');
  return (
    <Notice kind="bad">
      <p>{t('altered.text')}</p>
      <Actions>
        <Button onPress={onLock}>{t('altered.lock')}</Button>
      </Actions>
    </Notice>
  );
}

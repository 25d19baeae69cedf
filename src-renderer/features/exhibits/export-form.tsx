import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { Actions, Dialog } from '../../kit/dialog.tsx';
import { TextField } from '../../kit/field.tsx';
import { Stack } from '../../kit/page.tsx';
import { exportExhibit } from './actions.ts';

/** Asks why a copy leaves the vault; the place is chosen in the system's own dialog. */
export function ExportForm({ exhibit, onClose }: { readonly exhibit: RecordOf<ExhibitBody>; readonly onClose: () => void }) {
  const { t, i18n } = useTranslation(['exhibits', 'app']);
  const { data } = useServices();
  const [reason, setReason] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onClose();
    void exportExhibit(data, exhibit, reason, i18n.language);
  };
  return (
    <Dialog title={t('exhibits:export.title')} isOpen onClose={onClose}>
      <form onSubmit={submit}>
        <Stack>
          <p>{t('exhibits:export.explain')}</p>
          <TextField label={t('exhibits:field.reason')} value={reason} onChange={setReason} required autoFocus name="reason" />
          <Actions>
            <Button onPress={onClose}>{t('app:action.cancel')}</Button>
            <Button kind="primary" type="submit">
              {t('exhibits:export.choose')}
            </Button>
          </Actions>
        </Stack>
      </form>
    </Dialog>
  );
}

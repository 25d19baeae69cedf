import { useState, type SyntheticEvent } from 'react';
import { Checkbox } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { RecoveryKit } from '#shared/contract/ipc.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { SelectField, TextField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Stack } from '../../kit/page.tsx';
import { beginKit, putInForce } from './actions.ts';
import { createKit, type Kit, type KitPlan } from './kit.ts';
import styles from './recovery.module.css';
import { SheetView } from './sheet-view.tsx';

const PLANS: readonly (KitPlan & { readonly id: string })[] = [
  { id: 'one', threshold: 1, sheets: 1 },
  { id: '2-3', threshold: 2, sheets: 3 },
  { id: '3-5', threshold: 3, sheets: 5 },
];

interface MakeKitProps {
  readonly onCancel: () => void;
  readonly onMade: (kit: RecoveryKit) => void;
  readonly cancelLabel: string;
}

/** First how many sheets, and the passphrase; then the sheets one by one; the kit counts only once the officer has kept them all. */
export function MakeKit({ onCancel, onMade, cancelLabel }: MakeKitProps) {
  const { t } = useTranslation('recovery');
  const errorText = useErrorText();
  const [planId, setPlanId] = useState('one');
  const [passphrase, setPassphrase] = useState('');
  const [kit, setKit] = useState<Kit>();
  const [at, setAt] = useState(0);
  const [seen, setSeen] = useState(1);
  const [kept, setKept] = useState(false);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const begin = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    const begun = await beginKit(passphrase);
    setPassphrase('');
    setProblem(begun.ok ? '' : errorText(begun.error));
    if (begun.ok) setKit(await createKit(PLANS.find((plan) => plan.id === planId) ?? { threshold: 1, sheets: 1 }));
    setBusy(false);
  };
  const finish = async (): Promise<void> => {
    if (!kit) return;
    setProblem('');
    const made = await putInForce(kit);
    if (made.ok) onMade(made.value);
    else setProblem(errorText(made.error));
  };
  const trouble = problem ? (
    <Notice kind="bad">
      <p>{problem}</p>
    </Notice>
  ) : null;
  if (kit)
    return (
      <Stack>
        <SheetView
          key={at}
          kit={kit}
          at={at}
          onGo={(next) => {
            setAt(next);
            setSeen(Math.max(seen, next + 1));
          }}
        />
        <Checkbox isSelected={kept} onChange={setKept} isDisabled={seen < kit.sheets} className={styles['check'] ?? ''}>
          <span aria-hidden="true">{kept ? '☑' : '☐'}</span> {t('sheet.kept')}
        </Checkbox>
        {trouble}
        <Actions>
          <Button onPress={onCancel}>{cancelLabel}</Button>
          <Button kind="primary" isDisabled={!kept} onPress={() => void finish()}>
            {t('sheet.submit')}
          </Button>
        </Actions>
      </Stack>
    );
  return (
    <form onSubmit={(event) => void begin(event)}>
      <Stack>
        <SelectField
          label={t('plan.label')}
          value={planId}
          choices={PLANS.map(({ id, threshold, sheets }) => ({ id, label: sheets === 1 ? t('plan.one') : t('plan.split', { threshold, sheets }) }))}
          onChange={setPlanId}
        />
        <p>{t('plan.hint')}</p>
        <TextField label={t('plan.passphrase')} type="password" value={passphrase} onChange={setPassphrase} name="kitPassphrase" />
        {trouble}
        <Actions>
          <Button onPress={onCancel}>{cancelLabel}</Button>
          <Button kind="primary" type="submit" isDisabled={busy || passphrase === ''}>
            {t('plan.submit')}
          </Button>
        </Actions>
      </Stack>
    </form>
  );
}

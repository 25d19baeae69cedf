import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { UNIT_ROLES, type UnitDevice, type UnitRole } from '#shared/contract/unit-admin.ts';
import { useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { FieldRow, SelectField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { createCode, findDevices } from './actions.ts';
import { DeviceList } from './device-list.tsx';

/** For administrators of a unit: enrols devices, ends lost ones, and lists what those could have held. Nothing for others. */
export function AdministrationSection() {
  const { link } = useServices();
  return link?.enrolment?.role === 'admin' ? <Administration isOnline={link.state === 'online'} /> : null;
}

function Administration({ isOnline }: { readonly isOnline: boolean }) {
  const { t } = useTranslation(['administration', 'contacts']);
  const errorText = useErrorText();
  const [devices, setDevices] = useState<readonly UnitDevice[]>([]);
  const [role, setRole] = useState<UnitRole>('officer');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<AppError>();
  const load = useCallback(async (): Promise<void> => {
    const found = await findDevices();
    if (found.ok) setDevices(found.value);
    setProblem(found.ok ? undefined : found.error);
  }, []);
  useEffect(() => {
    if (isOnline) void Promise.resolve().then(load);
  }, [isOnline, load]);
  const create = async (): Promise<void> => {
    const made = await createCode(role);
    setCode(made.ok ? made.value : '');
    setProblem(made.ok ? undefined : made.error);
  };
  return (
    <Section title={t('administration:title')}>
      <Stack>
        <p>{isOnline ? t('administration:code.explain') : t('administration:offline')}</p>
        <FieldRow>
          <SelectField
            label={t('administration:code.role')}
            value={role}
            choices={UNIT_ROLES.map((id) => ({ id, label: t(`contacts:role.${id}`) }))}
            onChange={(next) => setRole(UNIT_ROLES.find((known) => known === next) ?? 'officer')}
          />
        </FieldRow>
        <div>
          <Button isDisabled={!isOnline} onPress={() => void create()}>
            {t('administration:code.create')}
          </Button>
        </div>
        {code ? (
          <Notice kind="ok">
            <p>{t('administration:code.once')}</p>
            <p lang="en" className="number">
              <strong data-testid="unit-code">{code}</strong>
            </p>
          </Notice>
        ) : null}
        {problem ? (
          <Notice kind="bad">
            <p>{errorText(problem)}</p>
          </Notice>
        ) : null}
        <DeviceList devices={devices} isOnline={isOnline} onChanged={() => void load()} />
      </Stack>
    </Section>
  );
}

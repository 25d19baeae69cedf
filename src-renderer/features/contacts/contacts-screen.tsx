import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Page, Prose, Section } from '../../kit/page.tsx';
import { admitDevice } from './actions.ts';
import styles from './contacts.module.css';

const KINDS = ['unit', 'ncb', 'desk'] as const;
const ROLES = ['officer', 'ncb', 'admin'] as const;

function UnitsTable() {
  const { t } = useTranslation('contacts');
  const { directory } = useServices();
  const terms = useTerms();
  if (!directory) return <p>{t('units.none')}</p>;
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          <th>{t('units.name')}</th>
          <th>{t('units.country')}</th>
          <th>{t('units.kind')}</th>
          <th>{t('units.ready')}</th>
        </tr>
      </thead>
      <tbody>
        {directory.units.map((unit) => {
          const kind = KINDS.find((known) => known === unit.kind);
          return (
            <tr key={unit.id}>
              <td>
                <bdi>{unit.name}</bdi>
              </td>
              <td>{terms.label('country', unit.country)}</td>
              <td>{kind ? t(`kind.${kind}`) : unit.kind}</td>
              <td>
                {unit.keyChanged ? (
                  <Notice kind="bad">
                    <p>{t('units.keyChanged')}</p>
                  </Notice>
                ) : (
                  t(unit.ready ? 'units.yes' : 'units.no')
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function DevicesTable() {
  const { t } = useTranslation('contacts');
  const { directory, deviceId, link } = useServices();
  const names = useNames();
  const errorText = useErrorText();
  const [problem, setProblem] = useState<AppError>();
  const own = directory?.devices.filter((device) => device.unit === directory.self.unit) ?? [];
  const admit = async (device: string, code: string): Promise<void> => {
    setProblem(undefined);
    const admitted = await admitDevice(device, code);
    setProblem(admitted.ok ? undefined : admitted.error);
  };
  if (own.length === 0) return null;
  return (
    <Section title={t('devices.title')}>
      <p>{t('devices.explain')}</p>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th>{t('devices.officer')}</th>
            <th>{t('devices.role')}</th>
            <th>{t('devices.code')}</th>
            <th>{t('devices.state')}</th>
          </tr>
        </thead>
        <tbody>
          {own.map((device) => {
            const role = ROLES.find((known) => known === device.role);
            const state = device.revoked ? 'revoked' : device.admitted ? 'admitted' : 'waiting';
            return (
              <tr key={device.id}>
                <td>
                  <bdi>{names.device(device.id)}</bdi>
                  {device.id === deviceId ? ` (${t('devices.this')})` : ''}
                </td>
                <td>{role ? t(`role.${role}`) : device.role}</td>
                <td lang="en" className="number">
                  {device.admissionCode}
                </td>
                <td>
                  {t(`devices.${state}`)}{' '}
                  {state === 'waiting' && device.id !== deviceId ? (
                    <Button isDisabled={!link?.admitted} onPress={() => void admit(device.id, device.admissionCode)}>
                      {t('devices.admit')}
                    </Button>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
    </Section>
  );
}

/** The directory: every unit that can receive, and the devices of the own unit with those that wait to be admitted; `administration` comes last. */
export function ContactsScreen({ administration }: { readonly administration?: ReactNode }) {
  const { t } = useTranslation('contacts');
  return (
    <Page title={t('title')}>
      <Prose>
        <Section title={t('units.title')}>
          <UnitsTable />
        </Section>
        <DevicesTable />
        {administration}
      </Prose>
    </Page>
  );
}

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { UnitDevice } from '#shared/contract/unit-admin.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { Actions, Dialog } from '../../kit/dialog.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { revokeDevice } from './actions.ts';
import { ExposureList } from './exposure-list.tsx';

interface DeviceListProps {
  readonly devices: readonly UnitDevice[];
  readonly isOnline: boolean;
  readonly onChanged: () => void;
}

/** Every device of the unit with what an administrator decides by: whose it is, when the hub last sent it something, and its end. */
export function DeviceList({ devices, isOnline, onChanged }: DeviceListProps) {
  const { t } = useTranslation(['administration', 'contacts', 'app']);
  const { deviceId } = useServices();
  const names = useNames();
  const fmt = useFmt();
  const errorText = useErrorText();
  const [asked, setAsked] = useState<string>();
  const [shown, setShown] = useState<string>();
  const [problem, setProblem] = useState<AppError>();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const revoke = async (device: string): Promise<void> => {
    setAsked(undefined);
    const revoked = await revokeDevice(device);
    setProblem(revoked.ok ? undefined : revoked.error);
    if (revoked.ok) setShown(device);
    onChanged();
  };
  return (
    <>
      <ul data-testid="unit-devices">
        {devices.map((device) => (
          <li key={device.id} data-device={device.id}>
            <bdi>{names.device(device.id)}</bdi>
            {device.id === deviceId ? ` (${t('contacts:devices.this')})` : ''} · {t(`contacts:devices.${device.revokedAt ? 'revoked' : device.admitted ? 'admitted' : 'waiting'}`)} ·{' '}
            {t('administration:device.seen', { time: device.seenAt ? fmt.dateTime(device.seenAt, zone) : t('app:status.never') })}{' '}
            {device.revokedAt ? (
              <Button isDisabled={!isOnline} onPress={() => setShown(device.id)}>
                {t('administration:exposure.show')}
              </Button>
            ) : device.id === deviceId ? null : (
              <Button kind="danger" isDisabled={!isOnline} onPress={() => setAsked(device.id)}>
                {t('administration:device.revoke')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
      <Dialog title={t('administration:device.revoke')} isOpen={asked !== undefined} onClose={() => setAsked(undefined)}>
        <p>
          <bdi>{names.device(asked ?? '')}</bdi>
        </p>
        <p>{t('administration:device.explain')}</p>
        <Actions>
          <Button onPress={() => setAsked(undefined)}>{t('administration:device.keep')}</Button>
          <Button kind="danger" onPress={() => asked && void revoke(asked)}>
            {t('administration:device.confirm')}
          </Button>
        </Actions>
      </Dialog>
      {shown ? <ExposureList key={shown} device={shown} /> : null}
    </>
  );
}

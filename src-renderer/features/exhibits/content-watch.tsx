import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { TransferBody } from '#shared/schema/transfer.ts';
import { useNames, useRecords, useServices } from '../../db/services.tsx';
import { followTransfers } from './content-actions.ts';
import { useContentView } from './content-store.ts';

/** Follows contents on their way wherever the officer looks; shows nothing itself. */
export function ContentWatch() {
  const { i18n } = useTranslation();
  const { data, deviceId, link } = useServices();
  const names = useNames();
  const rows = useRecords<TransferBody>('transfer');
  const transfers = useContentView((view) => view.transfers);
  const unit = link?.enrolment?.unit;
  useEffect(() => {
    void window.suar.invoke('content.list', {}).then((listed) => listed.ok && useContentView.setState({ transfers: listed.value }));
    return window.suar.on('content.changed', (changed) => useContentView.setState({ transfers: changed }));
  }, []);
  useEffect(() => {
    if (rows && transfers && unit) void followTransfers(data, rows, transfers, { deviceId, unit, unitName: names.unit, lang: i18n.language });
  }, [data, rows, transfers, unit, deviceId, names, i18n.language]);
  return null;
}

import { useTranslation } from 'react-i18next';
import type { TransferBody } from '#shared/schema/transfer.ts';
import { useNames, useRecords, useServices } from '../../db/services.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { giveUpTransfer } from './content-actions.ts';
import { ContentProgress } from './content-progress.tsx';
import { useContentView } from './content-store.ts';

/** Contents of exhibits on their way to and from this device, whatever case they belong to. */
export function ContentsSection() {
  const { t, i18n } = useTranslation('exhibits');
  const { data, deviceId, link } = useServices();
  const errorText = useErrorText();
  const names = useNames();
  const rows = useRecords<TransferBody>('transfer');
  const { transfers, problem } = useContentView();
  const unit = link?.enrolment?.unit;
  if (!unit || !link.admitted) return null;
  const moving = transfers?.filter(({ stage }) => stage !== 'done') ?? [];
  const self = { deviceId, unit, unitName: names.unit, lang: i18n.language };
  return (
    <Section title={t('content.moving')}>
      {moving.length === 0 ? <p>{t('content.noneMoving')}</p> : null}
      {moving.map((transfer) => (
        <ContentProgress key={transfer.content} transfer={transfer} onCancel={() => void giveUpTransfer(data, transfer, rows ?? [], self)} />
      ))}
      {problem && moving.some(({ exhibit }) => exhibit === problem.exhibit) ? (
        <Notice kind="bad">
          <p>{errorText(problem.error)}</p>
        </Notice>
      ) : null}
    </Section>
  );
}

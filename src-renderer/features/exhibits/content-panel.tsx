import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import purposes from '../../../resources/codelists/purpose.json' with { type: 'json' };
import { contentRequests, type ContentRequest } from '#shared/domain/transfer/rules.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { TransferBody } from '#shared/schema/transfer.ts';
import { useNames, useRecords, useServices } from '../../db/services.tsx';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt, useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { SelectField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { requestContent, stopSending, withdrawRequest } from './content-actions.ts';
import { ContentDecision } from './content-decision.tsx';
import { ContentProgress } from './content-progress.tsx';
import { useContentView } from './content-store.ts';
import styles from './exhibits.module.css';

/** Bytes a second of the two lines an officer can compare the own one with. */
const SLOW_LINE = 64_000 / 8;
const FAST_LINE = 1_000_000 / 8;

interface PanelProps {
  readonly exhibit: RecordOf<ExhibitBody>;
  /** Whether this laptop's vault has the content. */
  readonly isHere: boolean;
}

/** How large the content is, how long it takes, why it is asked for. */
function AskForm({ exhibit, unit }: { readonly exhibit: PanelProps['exhibit']; readonly unit: string }) {
  const { t } = useTranslation('exhibits');
  const { data } = useServices();
  const fmt = useFmt();
  const terms = useTerms();
  const names = useNames();
  const [purpose, setPurpose] = useState('evidence-request');
  const size = exhibit.body.sizeBytes;
  const time = (line: number) => fmt.duration(Math.max(1, Math.ceil(size / line)));
  return (
    <>
      <p>
        {t('content.size', {
          size: fmt.bytes(size),
          unit: isolate(names.unit(exhibit.owner)),
          slow: time(SLOW_LINE),
          slowLine: isolate('64 kbit/s'),
          fast: time(FAST_LINE),
          fastLine: isolate('1 Mbit/s'),
        })}
      </p>
      <SelectField label={t('content.purpose')} value={purpose} choices={purposes.codes.map((id) => ({ id, label: terms.label('purpose', id) }))} onChange={setPurpose} />
      <div>
        <Button kind="primary" onPress={() => void requestContent(data, exhibit, unit, purpose)}>
          {t('content.ask')}
        </Button>
      </div>
    </>
  );
}

/** The own request: where it stands, and what has come. */
function OwnRequest({ exhibit, request, unit }: { readonly exhibit: PanelProps['exhibit']; readonly request: ContentRequest; readonly unit: string }) {
  const { t } = useTranslation('exhibits');
  const { data } = useServices();
  const fmt = useFmt();
  const names = useNames();
  const transfer = useContentView(({ transfers }) => transfers?.find(({ content }) => content === request.content));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const values = { unit: isolate(names.unit(exhibit.owner)), time: fmt.dateTimeShort(request.asked.body.at, zone) };
  const withdraw = (): void => void withdrawRequest(data, exhibit, unit, request);
  return (
    <>
      <p data-request={request.state}>{request.state === 'agreed' ? t('content.agreed', values) : request.state === 'refused' ? t('content.refused', values) : t('content.asked', values)}</p>
      {transfer ? <ContentProgress transfer={transfer} onCancel={withdraw} /> : null}
      {request.state === 'open' ? (
        <div>
          <Button onPress={withdraw}>{t('content.withdraw')}</Button>
        </div>
      ) : null}
    </>
  );
}

/** The content of an exhibit: where it is, who asks for it, what is on its way. */
export function ContentPanel({ exhibit, isHere }: PanelProps) {
  const { t, i18n } = useTranslation('exhibits');
  const { data, deviceId, link } = useServices();
  const errorText = useErrorText();
  const names = useNames();
  const rows = useRecords<TransferBody>('transfer');
  const { transfers, problem } = useContentView();
  const unit = link?.enrolment?.unit;
  const requests = contentRequests(rows ?? [], () => exhibit.owner).filter(({ asked }) => asked.ref === exhibit.id);
  const own = requests.find(({ asked }) => asked.author === deviceId);
  const others = requests.filter(({ asked, state }) => asked.author !== deviceId && state === 'open');
  const sending = transfers?.filter(({ way, exhibit: id }) => way === 'send' && id === exhibit.id) ?? [];
  const isOpen = own?.state === 'open' || own?.state === 'agreed';
  const readerOf = (content: string) => names.unit(requests.find((request) => request.content === content)?.asked.owner ?? '');
  if (!unit || !link?.admitted) return isHere ? null : <p>{t('elsewhere')}</p>;
  return (
    <>
      {isHere ? null : own && (isOpen || own.state === 'refused') ? <OwnRequest exhibit={exhibit} request={own} unit={unit} /> : null}
      {isHere || isOpen ? null : <AskForm exhibit={exhibit} unit={unit} />}
      {exhibit.owner === unit && others.length > 0 ? (
        <ul className={styles['list']} aria-label={t('content.inbox')}>
          {others.map((request) => (
            <ContentDecision key={request.asked.id} exhibit={exhibit} request={request} unit={unit} canDecide={isHere} />
          ))}
        </ul>
      ) : null}
      {sending.map((transfer) => (
        <ContentProgress key={transfer.content} transfer={transfer} onCancel={() => void stopSending(data, exhibit, transfer, readerOf(transfer.content), i18n.language)} />
      ))}
      {problem?.exhibit === exhibit.id ? (
        <Notice kind="bad">
          <p>{errorText(problem.error)}</p>
        </Notice>
      ) : null}
    </>
  );
}

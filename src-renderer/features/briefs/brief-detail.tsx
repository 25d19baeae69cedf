import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canEditBrief, nextBriefStatuses } from '#shared/domain/brief/rules.ts';
import type { BriefBody } from '#shared/schema/brief.ts';
import type { ReceiptBody } from '#shared/schema/receipt.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import type { Statement } from '#shared/schema/statement.ts';
import { useNames, useRecords, useServices } from '../../db/services.tsx';
import { useTrail } from '../../db/use-trail.ts';
import { LANGUAGES } from '../../i18n/locales.ts';
import { Button } from '../../kit/button.tsx';
import { ConflictPanel } from '../../kit/conflict-panel.tsx';
import { SelectField } from '../../kit/field.tsx';
import { HistoryPanel } from '../../kit/history-panel.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { StatementList } from '../../kit/statement-list.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { WhoCanSee } from '../../kit/who-can-see.tsx';
import { addStatement, confirmRead, moveStatement, removeStatement, saveBriefFields, setBriefStatus } from './actions.ts';
import { useBriefFields } from './brief-fields.ts';
import { briefStatusOf } from './brief-status.ts';
import { BriefTrail } from './brief-trail.tsx';
import { RecipientsField } from './recipients-field.tsx';
import { StatementForm } from './statement-form.tsx';
import styles from './briefs.module.css';

/** Confirms reading once per version, where the brief comes from another unit. */
function useReadReceipt(current: RecordOf<BriefBody>, lang: string): void {
  const { data, link } = useServices();
  const receipts = useRecords<ReceiptBody>('receipt', { ref: current.id });
  const unit = link?.enrolment?.unit;
  const isForeign = unit !== undefined && current.owner !== unit;
  const confirmed = receipts?.some((receipt) => receipt.owner === unit && receipt.body.rev === current.rev) ?? true;
  useEffect(() => {
    if (isForeign && !confirmed && unit) void confirmRead(data, current, unit, lang, new Date());
  }, [isForeign, confirmed, unit, data, current, lang]);
}

interface BriefDetailProps {
  readonly current: RecordOf<BriefBody>;
  readonly released: boolean;
}

/** One brief: read in any language, edited while it is a draft, with its releases and receipts. */
export function BriefDetail({ current, released }: BriefDetailProps) {
  const { t, i18n } = useTranslation(['briefs', 'app']);
  const { data, readingLocale, link } = useServices();
  const names = useNames();
  const trail = useTrail(current);
  const fields = useBriefFields();
  const [lang, setLang] = useState(readingLocale);
  useReadReceipt(current, lang);
  const { body, id } = current;
  const status = briefStatusOf(current);
  const isOwn = link?.enrolment === null || link?.enrolment === undefined || current.owner === link.enrolment.unit;
  const editable = isOwn && canEditBrief(status, released);
  const next = isOwn ? nextBriefStatuses(status, released) : [];
  const languageName = LANGUAGES.find((language) => language.tag === lang)?.selfName ?? lang;

  const tools = (statement: Statement) => (
    <>
      <Button kind="quiet" aria-label={t('briefs:moveUp')} onPress={() => void moveStatement(data, id, statement.id, -1)}>
        ↑
      </Button>
      <Button kind="quiet" aria-label={t('briefs:moveDown')} onPress={() => void moveStatement(data, id, statement.id, 1)}>
        ↓
      </Button>
      <Button kind="quiet" aria-label={t('briefs:remove')} onPress={() => void removeStatement(data, id, statement.id)}>
        ×
      </Button>
    </>
  );
  return (
    <Stack>
      <TlpChip tlp={current.tlp} />
      <h2 lang={body.lang}>{body.title}</h2>
      <WhoCanSee audience={current.audience} nameOf={names.bucket} />
      <ConflictPanel key={id} record={current} view={fields} trail={trail} />
      {released && isOwn ? (
        <Notice kind="info">
          <p>{t('briefs:frozen')}</p>
        </Notice>
      ) : null}
      <Section title={t('briefs:read.title', { language: languageName })}>
        <div className={styles['bar']}>
          <SelectField
            label={t('briefs:read.language')}
            value={lang}
            choices={LANGUAGES.filter((language) => language.uiComplete).map(({ tag, selfName }) => ({ id: tag, label: selfName, lang: tag }))}
            onChange={setLang}
          />
          {lang === i18n.language ? null : <Button onPress={() => setLang(i18n.language)}>{t('briefs:read.readBack')}</Button>}
        </div>
        <StatementList statements={body.statements} lang={lang} label={body.title} {...(editable ? { tools } : {})} />
      </Section>
      {editable ? <StatementForm briefId={id} lang={body.lang} onAdd={(statement) => void addStatement(data, id, statement)} /> : null}
      {editable ? <RecipientsField value={body.recipients} onChange={(recipients) => void saveBriefFields(data, id, { recipients })} /> : null}
      {next.length > 0 ? (
        <div className={styles['bar']}>
          {next.includes('ready') ? (
            <Button kind="primary" isDisabled={body.statements.length === 0 || current.conflicts.some(({ settled }) => !settled)} onPress={() => void setBriefStatus(data, id, 'ready')}>
              {t('briefs:markReady')}
            </Button>
          ) : null}
          {next.includes('draft') ? <Button onPress={() => void setBriefStatus(data, id, 'draft')}>{t('briefs:backToDraft')}</Button> : null}
        </div>
      ) : null}
      <BriefTrail briefId={id} />
      <HistoryPanel key={`history ${id}`} record={current} view={fields} trail={trail} />
    </Stack>
  );
}

import { useTranslation } from 'react-i18next';
import { briefMergeRules } from '#shared/domain/brief/rules.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import type { Statement } from '#shared/schema/statement.ts';
import { useNames, useRecords } from '../../db/services.tsx';
import { useFmt, useStatementRenderer } from '../../i18n/use-fmt.ts';
import { useEnvelopeViews, type RecordView } from '../../kit/field-view.ts';
import { briefStatusOf } from './brief-status.ts';

/** How an officer reads the fields of a brief: statements as sentences of his own language. */
export function useBriefFields(): RecordView {
  const { t, i18n } = useTranslation(['briefs']);
  const fmt = useFmt();
  const names = useNames();
  const cases = useRecords<CaseBody>('case');
  const render = useStatementRenderer(i18n.language);
  const envelope = useEnvelopeViews({ label: t('briefs:column.state'), text: (value) => t(`briefs:state.${briefStatusOf({ status: String(value) })}`) }, names.bucket);
  return {
    rules: briefMergeRules,
    fields: {
      ...envelope,
      recipients: { label: t('briefs:field.recipients'), text: (value) => names.bucket(String(value)) },
      title: { label: t('briefs:field.title'), text: String, isFree: true },
      lang: { label: t('briefs:slot.lang'), text: (value) => fmt.language(String(value)) },
      caseId: { label: t('briefs:field.case'), text: (value) => cases?.find(({ id }) => id === value)?.body.title ?? t('briefs:field.noCase') },
      statements: { label: t('briefs:field.statements'), text: (value) => render(value as Statement).text },
    },
  };
}

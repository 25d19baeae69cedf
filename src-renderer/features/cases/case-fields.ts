import { useTranslation } from 'react-i18next';
import { caseMergeRules } from '#shared/domain/case/rules.ts';
import { useNames } from '../../db/services.tsx';
import { useFmt, useTerms } from '../../i18n/use-fmt.ts';
import { useEnvelopeViews, useObservableText, type RecordView } from '../../kit/field-view.ts';
import { caseStatusOf } from './case-status.ts';

/** How an officer reads the fields of a case. */
export function useCaseFields(): RecordView {
  const { t } = useTranslation(['cases', 'briefs']);
  const fmt = useFmt();
  const terms = useTerms();
  const envelope = useEnvelopeViews({ label: t('cases:field.status'), text: (value) => t(`cases:status.${caseStatusOf({ status: String(value) })}`) }, useNames().bucket);
  const observable = useObservableText();
  const day = (value: unknown) => fmt.day(String(value));
  return {
    rules: caseMergeRules,
    fields: {
      ...envelope,
      title: { label: t('cases:field.title'), text: String, isFree: true },
      number: { label: t('cases:field.number'), text: String, isFree: true },
      offence: { label: t('cases:field.offence'), text: (value) => terms.label('offence', String(value)) },
      summary: { label: t('cases:field.summary'), text: String, isFree: true },
      lang: { label: t('briefs:slot.lang'), text: (value) => fmt.language(String(value)) },
      opened: { label: t('cases:field.opened'), text: day },
      due: { label: t('cases:field.due'), text: day },
      observables: { label: t('cases:observables.title'), text: observable },
    },
  };
}

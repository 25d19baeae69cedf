import { useTranslation } from 'react-i18next';
import { intelMergeRules } from '#shared/domain/intel/rules.ts';
import { INTEL_KINDS, type IntelBody } from '#shared/schema/intel.ts';
import { useNames } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { useEnvelopeViews, useMoment, useObservableText, type RecordView } from '../../kit/field-view.ts';

/** How an officer reads the fields of a piece of intelligence. */
export function useIntelFields(): RecordView {
  const { t } = useTranslation(['intel']);
  const fmt = useFmt();
  const moment = useMoment();
  const observable = useObservableText();
  const { status: _status, ...envelope } = useEnvelopeViews({ label: '', text: String }, useNames().bucket);
  const modified = (text: string) => (Number.isNaN(Date.parse(text)) ? text : moment(Date.parse(text)));
  return {
    rules: intelMergeRules,
    fields: {
      ...envelope,
      title: { label: t('intel:column.title'), text: String, isFree: true },
      kind: { label: t('intel:column.kind'), text: (value) => t(`intel:kind.${INTEL_KINDS.find((kind) => kind === value) ?? 'other'}`) },
      description: { label: t('intel:detail.description'), text: String, isFree: true },
      labels: { label: t('intel:detail.labels'), text: String },
      observables: { label: t('intel:detail.observables'), text: observable },
      source: {
        label: t('intel:detail.source'),
        text: (value) => {
          const source = value as IntelBody['source'];
          return fmt.list([source.publisher, source.fileName, modified(source.modified)].filter((part) => part !== ''));
        },
      },
    },
  };
}

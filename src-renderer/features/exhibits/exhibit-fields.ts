import { useTranslation } from 'react-i18next';
import { useNames } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { useEnvelopeViews, useMoment, type RecordView } from '../../kit/field-view.ts';
import { exhibitStatusOf } from './custody-log.ts';

/** Digits of a hash that tell two entries apart on a screen. */
const HASH_SHOWN = 12;

/** How an officer reads the fields of an exhibit; its custody is a chain of its own. */
export function useExhibitFields(): RecordView {
  const { t } = useTranslation(['exhibits', 'briefs']);
  const fmt = useFmt();
  const moment = useMoment();
  const envelope = useEnvelopeViews({ label: t('exhibits:field.status'), text: (value) => t(`exhibits:status.${exhibitStatusOf({ status: String(value) })}`) }, useNames().bucket);
  return {
    rules: {},
    fields: {
      ...envelope,
      number: { label: t('exhibits:field.number'), text: String, isFree: true },
      description: { label: t('exhibits:field.description'), text: String, isFree: true },
      lang: { label: t('briefs:slot.lang'), text: (value) => fmt.language(String(value)) },
      receivedFrom: { label: t('exhibits:field.receivedFrom'), text: String, isFree: true },
      condition: { label: t('exhibits:field.condition'), text: String, isFree: true },
      place: { label: t('exhibits:field.place'), text: String, isFree: true },
      seizedOn: { label: t('exhibits:field.seizedOn'), text: (value) => fmt.day(String(value)) },
      custodyCount: { label: t('exhibits:field.custodyCount'), text: (value) => fmt.number(Number(value)) },
      custodyHead: { label: t('exhibits:field.custodyHead'), text: (value) => String(value).slice(0, HASH_SHOWN) },
      checkedAt: { label: t('exhibits:field.checkedAt'), text: (value) => moment(Date.parse(String(value))) },
      checked: { label: t('exhibits:field.checked'), text: (value) => t(value === 'intact' ? 'exhibits:found.intact' : 'exhibits:found.damaged') },
    },
  };
}

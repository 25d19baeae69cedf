import { useTranslation } from 'react-i18next';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { exhibitStatusOf } from './custody-log.ts';

/** What an exhibit is, where it came from, and its digests. */
export function ExhibitFacts({ exhibit }: { readonly exhibit: RecordOf<ExhibitBody> }) {
  const { t } = useTranslation('exhibits');
  const fmt = useFmt();
  const { body } = exhibit;
  const free = [
    { label: t('field.description'), text: body.description },
    { label: t('field.receivedFrom'), text: body.receivedFrom },
    { label: t('field.condition'), text: body.condition },
    { label: t('field.place'), text: body.place },
  ].filter(({ text }) => text !== '');
  const coded = [
    { label: t('field.status'), text: t(`status.${exhibitStatusOf(exhibit)}`) },
    { label: t('field.seizedOn'), text: body.seizedOn ? fmt.day(body.seizedOn) : '' },
    { label: t('field.mediaType'), text: body.mediaType },
    { label: 'SHA-256', text: body.sha256 },
    { label: 'SHA-512', text: body.sha512 },
  ].filter(({ text }) => text !== '');
  return (
    <dl>
      {free.map(({ label, text }) => [
        <dt key={`${label} label`}>{label}</dt>,
        <dd key={label}>
          <bdi lang={body.lang}>{text}</bdi>
        </dd>,
      ])}
      {coded.map(({ label, text }) => [
        <dt key={`${label} label`}>{label}</dt>,
        <dd key={label}>
          <bdi>{text}</bdi>
        </dd>,
      ])}
    </dl>
  );
}

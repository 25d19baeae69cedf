import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { BriefBody } from '#shared/schema/brief.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useTerms } from '../../i18n/use-fmt.ts';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section, Stack } from '../../kit/page.tsx';
import { StatementList } from '../../kit/statement-list.tsx';
import { TlpChip } from '../../kit/tlp-chip.tsx';
import { releaseBrief, type Grounds } from './actions.ts';
import { GroundsForm } from './grounds-form.tsx';
import { PurgeList } from './purge-list.tsx';

interface ReleaseDetailProps {
  readonly brief: RecordOf<BriefBody>;
  readonly canSign: boolean;
}

/** Exactly what leaves the country and to whom, by name, before it is signed. */
export function ReleaseDetail({ brief, canSign }: ReleaseDetailProps) {
  const { t } = useTranslation('sharing');
  const { data, link, deviceId, directory, readingLocale } = useServices();
  const names = useNames();
  const terms = useTerms();
  const errorText = useErrorText();
  const [problem, setProblem] = useState<AppError>();
  const [done, setDone] = useState(false);
  const { body } = brief;
  const unit = link?.enrolment?.unit ?? '';
  const isOwnBrief = brief.author === deviceId;
  const isReady = (bucket: string) => !bucket.startsWith('u:') || (directory?.units.some((known) => `u:${known.id}` === bucket && known.ready) ?? false);
  const allReady = body.recipients.every(isReady);

  const sign = async (grounds: Grounds): Promise<void> => {
    setProblem(undefined);
    const released = await releaseBrief(data, brief, unit, grounds);
    setProblem(released.ok ? undefined : released.error);
    setDone(released.ok);
  };
  return (
    <Stack>
      <TlpChip tlp={brief.tlp} />
      <h2 lang={body.lang}>{body.title}</h2>
      <Section title={t('preview.to')}>
        {body.recipients.length === 0 ? <p>{t('preview.noRecipients')}</p> : null}
        {allReady ? null : (
          <Notice kind="warn">
            <p>{errorText({ code: 'key-missing' })}</p>
          </Notice>
        )}
        <ul data-testid="recipients">
          {body.recipients.map((bucket) => (
            <li key={bucket}>
              <bdi>{names.bucket(bucket)}</bdi> · {terms.label('country', names.country(bucket.slice(2)))}
            </li>
          ))}
        </ul>
        <p>{t('preview.also')}</p>
      </Section>
      <Section title={t('preview.title')}>
        <p>{t('preview.language')}</p>
        <StatementList statements={body.statements} lang={readingLocale} label={body.title} />
      </Section>
      <PurgeList record={brief.id} />
      {canSign && !done ? (
        <Section title={t('sign.title')}>
          {isOwnBrief ? (
            <Notice kind="warn">
              <p>{errorText({ code: 'release-own-brief' })}</p>
            </Notice>
          ) : (
            <GroundsForm word={brief.rev.slice(0, 4).toUpperCase()} submitLabel={t('sign.submit')} isDisabled={body.recipients.length === 0 || !allReady} onSubmit={(grounds) => void sign(grounds)} />
          )}
        </Section>
      ) : null}
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
      {done ? (
        <Notice kind="ok">
          <p>{t('sign.done')}</p>
        </Notice>
      ) : null}
    </Stack>
  );
}

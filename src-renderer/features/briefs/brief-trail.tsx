import { useTranslation } from 'react-i18next';
import type { ReceiptBody } from '#shared/schema/receipt.ts';
import type { ReleaseBody } from '#shared/schema/release.ts';
import { useNames, useRecords } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Section } from '../../kit/page.tsx';

/** Who released a brief to whom, and who has read it. */
export function BriefTrail({ briefId }: { readonly briefId: string }) {
  const { t } = useTranslation('briefs');
  const fmt = useFmt();
  const names = useNames();
  const releases = useRecords<ReleaseBody>('release', { ref: briefId }) ?? [];
  const receipts = useRecords<ReceiptBody>('receipt', { ref: briefId }) ?? [];
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (releases.length === 0) return null;
  return (
    <>
      <Section title={t('releases.title')}>
        <ul>
          {releases.map(({ id, body: { claim } }) => (
            <li key={id}>
              {claim.kind === 'release'
                ? t('releases.entry', { names: fmt.list(claim.audience.map(names.bucket)), signer: names.device(claim.signer), time: fmt.dateTime(claim.signedAt, zone) })
                : null}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('receipts.title')}>
        {receipts.length === 0 ? <p>{t('receipts.none')}</p> : null}
        <ul>
          {receipts.map(({ id, owner, body }) => (
            <li key={id}>{t('receipts.read', { name: names.unit(owner), time: fmt.dateTime(body.at, zone), language: fmt.language(body.lang) })}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

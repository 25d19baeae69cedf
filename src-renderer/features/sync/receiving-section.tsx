import { useTranslation } from 'react-i18next';
import type { LinkStatus } from '#shared/contract/link.ts';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Section } from '../../kit/page.tsx';

/** "Receiving": how much of others waits at the hub, what it takes on the line, and how long at the present pace. Nothing where nothing is known to wait. */
export function ReceivingSection({ link: { receiving, line } }: { readonly link: LinkStatus }) {
  const { t } = useTranslation('sync');
  const fmt = useFmt();
  if (!receiving) return null;
  const { records, bytes, more, bytesPerSecond } = receiving;
  const values = { number: fmt.number(records), size: fmt.bytes(bytes) };
  const seconds = bytesPerSecond && Math.max(1, Math.ceil(bytes / bytesPerSecond));
  const title = more ? t('receiving.titleMore', values) : seconds ? t('receiving.titleTime', { ...values, duration: fmt.duration(seconds) }) : t('receiving.titleOf', values);
  return (
    <Section title={title}>
      <p>{t(line.verdict.open ? 'receiving.explain' : 'receiving.held')}</p>
    </Section>
  );
}

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { TLP, type Tlp } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { useFmt, useTerms } from '../../i18n/use-fmt.ts';
import { useErrorText } from '../../kit/error-text.ts';
import { SelectField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { signTaskforceMandate, type Grounds } from './actions.ts';
import { GroundsForm } from './grounds-form.tsx';

/** The taskforces of this unit: who is in, whose mandate is signed, and the own country's signature. */
export function MandatePanel({ canSign }: { readonly canSign: boolean }) {
  const { t } = useTranslation('sharing');
  const { data, directory } = useServices();
  const names = useNames();
  const terms = useTerms();
  const fmt = useFmt();
  const errorText = useErrorText();
  const [ceiling, setCeiling] = useState<Tlp>('AMBER');
  const [problem, setProblem] = useState<AppError>();
  const [signedFor, setSignedFor] = useState<readonly string[]>([]);
  const taskforces = directory?.buckets.filter((bucket) => bucket.kind === 'taskforce') ?? [];
  const own = directory?.units.find((unit) => unit.id === directory.self.unit);
  const countryNames = (codes: readonly string[]) => fmt.list(codes.map((code) => terms.label('country', code)));

  const sign = async (bucket: string, grounds: Grounds): Promise<void> => {
    setProblem(undefined);
    const signed = await signTaskforceMandate(data, bucket, own?.id ?? '', ceiling, grounds);
    setProblem(signed.ok ? undefined : signed.error);
    if (signed.ok) setSignedFor([...signedFor, bucket]);
  };
  return (
    <Section title={t('mandate.title')}>
      <p>{taskforces.length === 0 ? t('mandate.none') : t('mandate.explain')}</p>
      {taskforces.map((taskforce) => {
        const countries = [...new Set(taskforce.members.map(names.country))].sort();
        const signed = countries.filter((country) => directory?.mandates.some((mandate) => mandate.bucket === taskforce.id && mandate.country === country));
        const missing = countries.filter((country) => !signed.includes(country));
        const mine = own ? missing.includes(own.country) : false;
        return (
          <div key={taskforce.id} data-taskforce={taskforce.id}>
            <h3>
              <bdi>{taskforce.name}</bdi>
            </h3>
            <p>{t('mandate.members', { names: fmt.list(taskforce.members.map(names.unit)) })}</p>
            {signed.length > 0 ? <p>{t('mandate.signedBy', { countries: countryNames(signed) })}</p> : null}
            {missing.length > 0 ? <p>{t('mandate.missing', { countries: countryNames(missing) })}</p> : null}
            {mine && canSign && !signedFor.includes(taskforce.id) ? (
              <>
                <SelectField
                  label={t('mandate.ceiling')}
                  value={ceiling}
                  choices={TLP.map((tlp) => ({ id: tlp, label: `TLP:${tlp}`, lang: 'en' }))}
                  onChange={(id) => setCeiling(TLP.find((tlp) => tlp === id) ?? ceiling)}
                />
                <GroundsForm word={taskforce.id.slice(2).toUpperCase()} submitLabel={t('mandate.sign')} isDisabled={false} onSubmit={(grounds) => void sign(taskforce.id, grounds)} />
              </>
            ) : null}
            {signedFor.includes(taskforce.id) ? (
              <Notice kind="ok">
                <p>{t('mandate.done')}</p>
              </Notice>
            ) : null}
          </div>
        );
      })}
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
    </Section>
  );
}

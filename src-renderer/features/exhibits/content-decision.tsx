import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContentRequest } from '#shared/domain/transfer/rules.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf } from '#shared/schema/record.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { isolate } from '../../i18n/isolate.ts';
import { useFmt, useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { Actions, Dialog } from '../../kit/dialog.tsx';
import { Stack } from '../../kit/page.tsx';
import { agreeRequest, refuseRequest } from './content-actions.ts';
import styles from './exhibits.module.css';

interface DecisionProps {
  readonly exhibit: RecordOf<ExhibitBody>;
  readonly request: ContentRequest;
  readonly unit: string;
  /** Whether this laptop has the content: the officer at the one that has it decides. */
  readonly canDecide: boolean;
}

/** Somebody asks for the content: who, why, and exactly what would leave to whom before it is agreed. */
export function ContentDecision({ exhibit, request, unit, canDecide }: DecisionProps) {
  const { t, i18n } = useTranslation(['exhibits', 'app']);
  const { data } = useServices();
  const fmt = useFmt();
  const terms = useTerms();
  const names = useNames();
  const [isOpen, setOpen] = useState(false);
  const { asked } = request;
  const { body } = exhibit;
  const unitName = names.unit(asked.owner);
  const reason = asked.body.purpose ? terms.label('purpose', asked.body.purpose) : '';
  const country = terms.label('country', names.country(asked.owner));
  const agree = (): void => {
    setOpen(false);
    void agreeRequest(data, exhibit, unit, request, { unitName, reason, lang: i18n.language });
  };
  const refuse = (): void => {
    setOpen(false);
    void refuseRequest(data, exhibit, unit, request);
  };
  return (
    <li className={styles['unfinished']} data-asked={asked.id}>
      <p>
        {t('exhibits:content.asks', {
          unit: isolate(unitName),
          country: isolate(country),
          purpose: isolate(reason),
          time: fmt.dateTimeShort(asked.body.at, Intl.DateTimeFormat().resolvedOptions().timeZone),
        })}
      </p>
      {canDecide ? (
        <div>
          <Button onPress={() => setOpen(true)}>{t('exhibits:content.decide')}</Button>
        </div>
      ) : (
        <p>{t('exhibits:content.decidesElsewhere')}</p>
      )}
      <Dialog title={t('exhibits:content.dialog')} isOpen={isOpen} onClose={() => setOpen(false)}>
        <Stack>
          <p>{t('exhibits:content.leaves', { name: isolate(body.fileName), size: fmt.bytes(body.sizeBytes), unit: isolate(unitName), country: isolate(country) })}</p>
          <p>
            SHA-256{' '}
            <bdi lang="en" className="number">
              {body.sha256}
            </bdi>
          </p>
          <p>{t('exhibits:content.rule')}</p>
          <p>{t('exhibits:content.signed')}</p>
          <Actions>
            <Button onPress={() => setOpen(false)}>{t('app:action.cancel')}</Button>
            <Button onPress={refuse}>{t('exhibits:content.refuse')}</Button>
            <Button kind="primary" onPress={agree}>
              {t('exhibits:content.agree')}
            </Button>
          </Actions>
        </Stack>
      </Dialog>
    </li>
  );
}

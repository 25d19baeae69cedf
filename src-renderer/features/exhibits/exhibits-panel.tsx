import { useEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import type { ChosenFile } from '#shared/contract/vault.ts';
import { nextExhibitNumber } from '#shared/domain/exhibit/rules.ts';
import type { ExhibitBody } from '#shared/schema/exhibit.ts';
import type { RecordOf, Tlp } from '#shared/schema/record.ts';
import { useRecords, useServices } from '../../db/services.tsx';
import { useFmt } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { pickExhibitFile, refreshUnfinished } from './actions.ts';
import { ExhibitDetail } from './exhibit-detail.tsx';
import { ExhibitForm } from './exhibit-form.tsx';
import { useExhibitView } from './store.ts';
import { UnfinishedList } from './unfinished-list.tsx';
import { WorkOutcome, WorkProgress } from './work-progress.tsx';
import styles from './exhibits.module.css';

function ExhibitLine({ exhibit, isOpen }: { readonly exhibit: RecordOf<ExhibitBody>; readonly isOpen: boolean }) {
  const { t } = useTranslation('exhibits');
  const fmt = useFmt();
  const { body } = exhibit;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const date = body.checkedAt ? fmt.dateTimeShort(body.checkedAt, zone) : '';
  return (
    <div className={styles['line']}>
      <Button kind="quiet" aria-expanded={isOpen} onPress={() => useExhibitView.setState({ openId: isOpen ? undefined : exhibit.id })}>
        <bdi className={styles['number']}>{body.number}</bdi>
      </Button>
      <bdi className={styles['name']}>{body.fileName}</bdi>
      <span className="number">{fmt.bytes(body.sizeBytes)}</span>
      <span className={styles['muted']}>
        SHA-256{' '}
        <bdi lang="en" className="number">
          {body.sha256.slice(0, 16)}…
        </bdi>
      </span>
      <span className={body.checked === 'damaged' ? styles['bad'] : styles['muted']}>
        {body.checked === 'intact' ? t('list.checked', { date }) : body.checked === 'damaged' ? t('list.damaged', { date }) : t('list.unchecked')}
      </span>
    </div>
  );
}

/** Brings the line of an exhibit that was asked for from elsewhere into view and gives it the focus. */
function useSoughtLine(id: string): RefObject<HTMLLIElement | null> {
  const line = useRef<HTMLLIElement>(null);
  const isSought = useExhibitView(({ soughtId }) => soughtId === id);
  useEffect(() => {
    if (!isSought) return;
    line.current?.scrollIntoView({ block: 'start' });
    line.current?.querySelector('button')?.focus({ preventScroll: true });
    useExhibitView.setState({ soughtId: undefined });
  }, [isSought]);
  return line;
}

function ExhibitItem({ exhibit }: { readonly exhibit: RecordOf<ExhibitBody> }) {
  const line = useSoughtLine(exhibit.id);
  const isOpen = useExhibitView(({ openId }) => openId === exhibit.id);
  return (
    <li ref={line} data-exhibit={exhibit.body.number}>
      <ExhibitLine exhibit={exhibit} isOpen={isOpen} />
      {isOpen ? <ExhibitDetail exhibit={exhibit} /> : null}
    </li>
  );
}

/** The exhibits of a case: what is sealed, what is under way, what can be resumed. */
export function ExhibitsPanel({ caseId, tlp, audience }: { readonly caseId: string; readonly tlp: Tlp; /** Of the case. */ readonly audience: readonly string[] }) {
  const { t } = useTranslation('exhibits');
  const { data } = useServices();
  const errorText = useErrorText();
  const rows = useRecords<ExhibitBody>('exhibit', { ref: caseId });
  const { work, unfinished } = useExhibitView();
  const [file, setFile] = useState<ChosenFile>();
  const [problem, setProblem] = useState<AppError>();
  useEffect(() => {
    if (unfinished === undefined) void refreshUnfinished(data);
  }, [data, unfinished]);

  const exhibits = (rows ?? []).toSorted((a, b) => a.body.number.localeCompare(b.body.number, 'en', { numeric: true }));
  const pick = async (): Promise<void> => {
    const picked = await pickExhibitFile();
    setProblem(picked.ok ? undefined : picked.error);
    if (picked.ok && picked.value) setFile(picked.value);
  };
  return (
    <Section title={t('title')}>
      {rows && exhibits.length === 0 ? <p>{t('none')}</p> : null}
      <ul className={styles['list']}>
        {exhibits.map((exhibit) => (
          <ExhibitItem key={exhibit.id} exhibit={exhibit} />
        ))}
      </ul>
      <UnfinishedList caseId={caseId} />
      <WorkProgress caseId={caseId} />
      <WorkOutcome caseId={caseId} />
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
      <div>
        <Button isDisabled={work !== undefined} onPress={() => void pick()}>
          {t('add')}
        </Button>
      </div>
      {file ? <ExhibitForm caseId={caseId} tlp={tlp} audience={audience} file={file} number={nextExhibitNumber(exhibits.map(({ body }) => body.number))} onClose={() => setFile(undefined)} /> : null}
    </Section>
  );
}

import { useEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { hlcToMs } from '#shared/base/time.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { openConflicts, type ConflictGroup, type ConflictSide } from '#shared/domain/record/explain.ts';
import type { Decision } from '#shared/domain/record/settle.ts';
import type { SuarRecord } from '#shared/schema/record.ts';
import { Button } from './button.tsx';
import { useErrorText } from './error-text.ts';
import { TextField } from './field.tsx';
import { useMoment, useValueText, type RecordView, type Trail } from './field-view.ts';
import { Notice } from './notice.tsx';
import { Section } from './page.tsx';
import { useSoughtConflict } from './sought-conflict.ts';
import styles from './record-trail.module.css';

/** Chosen instead of a side: words of the officer's own. */
const OWN = 'own';

interface ConflictPanelProps {
  readonly record: SuarRecord;
  readonly view: RecordView;
  readonly trail: Trail;
  /** Says what it is about, where another record stands on the same page. */
  readonly name?: string;
}

interface Choice {
  readonly side: string;
  readonly own: string;
}

function decisionsOf(group: ConflictGroup, choice: Choice | undefined): readonly Decision[] {
  if (choice?.side === OWN) return group.conflicts.map((id) => ({ id, value: choice.own.trim() }));
  return group.sides.find(({ id }) => id === choice?.side)?.decisions ?? [];
}

/** Brings the conflicts that were asked for from elsewhere into view and gives them the focus, once the page around them stands. */
function useSoughtPanel(recordId: string): RefObject<HTMLDivElement | null> {
  const panel = useRef<HTMLDivElement>(null);
  const isSought = useSoughtConflict((sought) => sought.recordId === recordId);
  useEffect(() => {
    if (!isSought) return;
    useSoughtConflict.setState({ recordId: undefined });
    requestAnimationFrame(() => {
      panel.current?.scrollIntoView({ block: 'start' });
      panel.current?.focus({ preventScroll: true });
    });
  }, [isSought]);
  return panel;
}

/** What was changed on two devices while they were apart, field by field: before, mine, theirs, who, when, after how long without the hub. One button settles what is decided. */
export function ConflictPanel({ record, view, trail: { self, nameOf, audienceOwner, settle: onSettle }, name }: ConflictPanelProps) {
  const { t } = useTranslation('history');
  const errorText = useErrorText();
  const [choices, setChoices] = useState<Readonly<Record<string, Choice>>>({});
  const [problem, setProblem] = useState<AppError>();
  const groups = openConflicts(record, view.rules, self);
  const panel = useSoughtPanel(record.id);
  if (groups.length === 0) return null;
  const decided = groups.filter((group) => decisionsOf(group, choices[group.id]).length > 0);
  const settle = async (): Promise<void> => {
    const failed = await onSettle(decided.flatMap((group) => decisionsOf(group, choices[group.id])));
    setProblem(failed);
    if (!failed) setChoices({});
  };
  return (
    <div ref={panel} tabIndex={-1}>
      <Section title={name ? t('conflict.titleOf', { name, count: groups.length }) : t('conflict.title', { count: groups.length })}>
        <p>{t('conflict.explain')}</p>
        {groups.map((group) => (
          <GroupField
            key={group.id}
            group={group}
            view={view}
            nameOf={nameOf}
            lang={String(record.body['lang'] ?? '')}
            refusal={group.fields.includes('audience') && audienceOwner ? t('conflict.ownerDecides', { name: audienceOwner }) : undefined}
            choice={choices[group.id]}
            onChoose={(choice) => setChoices((all) => ({ ...all, [group.id]: choice }))}
          />
        ))}
        {problem ? (
          <Notice kind="bad">
            <p>{errorText(problem)}</p>
          </Notice>
        ) : null}
        <div>
          <Button kind="primary" isDisabled={decided.length === 0} onPress={() => void settle()}>
            {t('conflict.settle', { count: decided.length })}
          </Button>
        </div>
      </Section>
    </div>
  );
}

interface GroupFieldProps {
  readonly group: ConflictGroup;
  readonly view: RecordView;
  readonly nameOf: (device: string) => string;
  /** BCP 47 tag of the record's free text. */
  readonly lang: string;
  /** Why this officer cannot decide it. */
  readonly refusal: string | undefined;
  readonly choice: Choice | undefined;
  readonly onChoose: (choice: Choice) => void;
}

function GroupField({ group, view, nameOf, lang, refusal, choice, onChoose }: GroupFieldProps) {
  const { t } = useTranslation('history');
  const [only = ''] = group.fields;
  const isCustody = group.guards === 'custody';
  const label = isCustody ? t('conflict.custody') : (view.fields[only]?.label ?? t('conflict.technical'));
  const isFree = view.fields[only]?.isFree === true && !isCustody && !group.isElement;
  return (
    <fieldset className={styles['conflict']} data-field={isCustody ? 'custody' : only} disabled={refusal !== undefined}>
      <legend>{label}</legend>
      {group.guards ? <p className={styles['note']}>{t(`conflict.guarded.${group.guards}`)}</p> : null}
      {refusal ? <p className={styles['note']}>{refusal}</p> : null}
      {group.sides.map((side) => (
        <label key={side.id} className={styles['side']} data-role={side.role}>
          <input type="radio" name={group.id} checked={choice?.side === side.id} onChange={() => onChoose({ side: side.id, own: choice?.own ?? '' })} />
          <SideText side={side} group={group} view={view} nameOf={nameOf} lang={lang} />
        </label>
      ))}
      {isFree ? (
        <>
          <label className={styles['side']} data-role={OWN}>
            <input type="radio" name={group.id} checked={choice?.side === OWN} onChange={() => onChoose({ side: OWN, own: choice?.own ?? '' })} />
            <span>{t('side.own')}</span>
          </label>
          {choice?.side === OWN ? (
            <TextField hideLabel label={`${label}: ${t('side.own')}`} name={`own-${only}`} rows={3} value={choice.own} onChange={(own) => onChoose({ side: OWN, own })} {...(lang ? { lang } : {})} />
          ) : null}
        </>
      ) : null}
    </fieldset>
  );
}

function SideText({
  side,
  group,
  view,
  nameOf,
  lang,
}: {
  readonly side: ConflictSide;
  readonly group: ConflictGroup;
  readonly view: RecordView;
  readonly nameOf: GroupFieldProps['nameOf'];
  readonly lang: string;
}) {
  const { t } = useTranslation('history');
  const moment = useMoment();
  const valueText = useValueText(view);
  const shown = side.values.filter(({ field }) => view.fields[field]);
  return (
    <span className={styles['text']}>
      <span className={styles['who']}>
        {t(`side.${side.role}`)}
        {side.leftBy ? ` · ${t(`side.left.${side.leftBy}`)}` : ''}
        {side.isInForce && side.role !== 'now' ? ` · ${t('side.inForce')}` : ''}
      </span>
      {shown.map(({ field, value }) => (
        <bdi key={field} className={styles['value']} lang={view.fields[field]?.isFree && lang ? lang : undefined}>
          {group.fields.length > 1 ? `${view.fields[field]?.label}: ` : ''}
          {group.isElement && value === null ? t('side.absent') : valueText(field, value)}
        </bdi>
      ))}
      {side.by && side.at ? <span className={styles['note']}>{t('by', { name: nameOf(side.by), time: moment(hlcToMs(side.at)) })}</span> : null}
      {side.offlineMinutes ? <span className={styles['note']}>{t('offline', { seconds: side.offlineMinutes * 60 })}</span> : null}
    </span>
  );
}

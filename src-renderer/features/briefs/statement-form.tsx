import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { STATEMENT_KINDS, STATEMENT_SLOTS, type Statement, type StatementKind } from '#shared/schema/statement.ts';
import { useDraft } from '../../db/use-draft.ts';
import { Button } from '../../kit/button.tsx';
import { SelectField } from '../../kit/field.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Section } from '../../kit/page.tsx';
import { toStatement } from './actions.ts';
import { SlotField } from './slot-field.tsx';
import styles from './briefs.module.css';

const SLOT_LABELS = [
  'date',
  'amount',
  'account',
  'country',
  'agency',
  'count',
  'offence',
  'item',
  'from',
  'to',
  'identifier',
  'until',
  'hours',
  'role',
  'seen',
  'outcome',
  'time',
  'mode',
  'text',
  'lang',
] as const;

interface StatementDraft {
  readonly kind: StatementKind;
  readonly slots: Readonly<Record<string, unknown>>;
}

const EMPTY: StatementDraft = { kind: 'transfer', slots: {} };

interface StatementFormProps {
  readonly briefId: string;
  readonly lang: string;
  readonly onAdd: (statement: Statement) => void;
}

/** Builds one statement: its kind, then one field for each of its slots. */
export function StatementForm({ briefId, lang, onAdd }: StatementFormProps) {
  const { t } = useTranslation('briefs');
  const { value: draft, isRead, set: setDraft, clear } = useDraft<StatementDraft>(`statement:${briefId}`, EMPTY);
  const { kind, slots } = draft;
  const [problem, setProblem] = useState(false);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const filled = kind === 'paragraph' ? { lang, ...slots } : slots;
    const statement = toStatement(kind, crypto.randomUUID(), filled);
    setProblem(!statement.ok);
    if (!statement.ok) return;
    onAdd(statement.value);
    setDraft({ kind, slots: {} });
    clear();
  };
  const choose = (id: string): void => {
    setDraft({ kind: STATEMENT_KINDS.find((known) => known === id) ?? kind, slots: {} });
    setProblem(false);
  };
  if (!isRead) return null;
  return (
    <Section title={t('add')}>
      <form onSubmit={submit} className={styles['form']} data-kind={kind}>
        <SelectField label={t('kindLabel')} value={kind} choices={STATEMENT_KINDS.map((id) => ({ id, label: t(`kind.${id}`) }))} onChange={choose} />
        <div className={styles['slots']}>
          {Object.entries(STATEMENT_SLOTS[kind]).map(([slot, type]) => {
            const name = SLOT_LABELS.find((known) => known === slot);
            return (
              <SlotField
                key={`${kind} ${slot}`}
                type={type}
                label={name ? t(`slot.${name}`) : slot}
                value={slots[slot] ?? (type === 'lang' ? lang : undefined)}
                onChange={(value) => setDraft({ kind, slots: { ...slots, [slot]: value } })}
              />
            );
          })}
        </div>
        {problem ? (
          <Notice kind="bad">
            <p>{t('invalid')}</p>
          </Notice>
        ) : null}
        <div>
          <Button kind="primary" type="submit">
            {t('add')}
          </Button>
        </div>
      </form>
    </Section>
  );
}

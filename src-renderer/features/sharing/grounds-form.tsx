import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import legalBases from '../../../resources/codelists/legal-basis.json' with { type: 'json' };
import purposes from '../../../resources/codelists/purpose.json' with { type: 'json' };
import { useTerms } from '../../i18n/use-fmt.ts';
import { Button } from '../../kit/button.tsx';
import { Actions } from '../../kit/dialog.tsx';
import { FieldRow, SelectField, TextField } from '../../kit/field.tsx';
import type { Grounds } from './actions.ts';

const DAYS = [7, 30, 90, 180, 365] as const;

interface GroundsFormProps {
  /** What the signer types to show that this is meant: Latin capitals and digits, so every keyboard has them. The act cannot be taken back. */
  readonly word: string;
  readonly submitLabel: string;
  readonly isDisabled: boolean;
  readonly onSubmit: (grounds: Grounds) => void;
}

/** Purpose, legal basis and duration of a release, and a typed confirmation. */
export function GroundsForm({ word, submitLabel, isDisabled, onSubmit }: GroundsFormProps) {
  const { t } = useTranslation('sharing');
  const terms = useTerms();
  const [grounds, setGrounds] = useState<Grounds>({ purpose: purposes.codes[0] ?? '', legalBasis: legalBases.codes[0] ?? '', days: 90 });
  const [typed, setTyped] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onSubmit(grounds);
    setTyped('');
  };
  return (
    <form onSubmit={submit}>
      <FieldRow>
        <SelectField
          label={t('sign.purpose')}
          value={grounds.purpose}
          choices={purposes.codes.map((code) => ({ id: code, label: terms.label('purpose', code) }))}
          onChange={(purpose) => setGrounds({ ...grounds, purpose })}
        />
        <SelectField
          label={t('sign.legalBasis')}
          value={grounds.legalBasis}
          choices={legalBases.codes.map((code) => ({ id: code, label: terms.label('legal-basis', code) }))}
          onChange={(legalBasis) => setGrounds({ ...grounds, legalBasis })}
        />
        <SelectField
          label={t('sign.days')}
          value={String(grounds.days)}
          choices={DAYS.map((count) => ({ id: String(count), label: t('sign.dayCount', { count }) }))}
          onChange={(days) => setGrounds({ ...grounds, days: Number(days) })}
        />
      </FieldRow>
      <p lang="en">
        <strong data-testid="confirm-word">{word}</strong>
      </p>
      <TextField label={t('sign.confirm', { word })} value={typed} onChange={setTyped} name="confirm" />
      <Actions>
        <Button kind="danger" type="submit" isDisabled={isDisabled || typed.trim().toUpperCase() !== word}>
          {submitLabel}
        </Button>
      </Actions>
    </form>
  );
}

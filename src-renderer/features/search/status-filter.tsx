import { useTranslation } from 'react-i18next';
import { SelectField } from '../../kit/field.tsx';
import { useKindName } from '../../kit/kind-name.ts';
import { useStatuses } from './status-name.ts';
import { useSearchView } from './store.ts';

/** Narrows a search to one state. States belong to a kind, so choosing one of another kind chooses the kind too. */
export function StatusFilter() {
  const { t } = useTranslation('search');
  const kindName = useKindName();
  const statuses = useStatuses();
  const { entity, status } = useSearchView();
  const offered = statuses.filter((each) => entity === 'all' || each.entity === entity);
  const choices = offered.map((each) => ({
    id: `${each.entity}.${each.status}`,
    label: entity === 'all' ? t('statusOf', { kind: kindName(each.entity), status: each.name }) : each.name,
  }));
  return (
    <SelectField
      label={t('filter.status')}
      hideLabel
      isDisabled={offered.length === 0}
      value={status === 'all' ? 'all' : `${entity}.${status}`}
      choices={[{ id: 'all', label: t('filter.allStatuses') }, ...choices]}
      onChange={(id) => {
        const chosen = offered.find((each) => `${each.entity}.${each.status}` === id);
        useSearchView.setState(chosen ? { entity: chosen.entity, status: chosen.status } : { status: 'all' });
      }}
    />
  );
}

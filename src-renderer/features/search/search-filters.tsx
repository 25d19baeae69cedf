import { useTranslation } from 'react-i18next';
import { ENTITIES, ENTITY_NAMES } from '#shared/entities.ts';
import { TLP } from '#shared/schema/record.ts';
import { useTerms } from '../../i18n/use-fmt.ts';
import { SelectField } from '../../kit/field.tsx';
import members from '../../../resources/region/members.json' with { type: 'json' };
import { DayRange } from './day-range.tsx';
import { useKindName } from '../../kit/kind-name.ts';
import { StatusFilter } from './status-filter.tsx';
import { PERIODS, useSearchView } from './store.ts';
import { startOf } from './view-query.ts';

const SEARCHED = ENTITY_NAMES.filter((name) => 'search' in ENTITIES[name]);

/** What narrows a search: kind, state, country, label and time of the last edit. */
export function SearchFilters() {
  const { t } = useTranslation('search');
  const terms = useTerms();
  const kindName = useKindName();
  const { entity, country, tlp, period } = useSearchView();
  const countries = members.map(({ country: code }) => ({ id: code, label: terms.label('country', code) })).sort((a, b) => (a.label < b.label ? -1 : 1));
  return (
    <>
      <SelectField
        label={t('filter.kind')}
        hideLabel
        value={entity}
        choices={[{ id: 'all', label: t('filter.allKinds') }, ...SEARCHED.map((id) => ({ id, label: kindName(id) }))]}
        onChange={(id) => useSearchView.setState({ entity: SEARCHED.find((known) => known === id) ?? 'all', status: 'all' })}
      />
      <StatusFilter />
      <SelectField
        label={t('filter.country')}
        hideLabel
        value={country}
        choices={[{ id: 'all', label: t('filter.allCountries') }, ...countries]}
        onChange={(id) => useSearchView.setState({ country: id })}
      />
      <SelectField
        label={t('filter.tlp')}
        hideLabel
        value={tlp}
        choices={[{ id: 'all', label: t('filter.allLabels') }, ...TLP.map((id) => ({ id, label: `TLP:${id}`, lang: 'en' }))]}
        onChange={(id) => useSearchView.setState({ tlp: TLP.find((known) => known === id) ?? 'all' })}
      />
      <SelectField
        label={t('filter.period')}
        hideLabel
        value={period}
        choices={PERIODS.map((id) => ({ id, label: t(`period.${id}`) }))}
        onChange={(id) => {
          const chosen = PERIODS.find((known) => known === id) ?? 'any';
          useSearchView.setState({ period: chosen, from: startOf(chosen, Date.now()) });
        }}
      />
      {period === 'days' ? <DayRange /> : null}
    </>
  );
}

import { useBriefView } from '../features/briefs/store.ts';
import { useCaseView } from '../features/cases/store.ts';
import { useExhibitView } from '../features/exhibits/store.ts';
import { useIntelView } from '../features/intel/store.ts';
import { useSoughtConflict } from '../kit/sought-conflict.ts';

/** What is known of a record that is to be shown. */
export interface RecordPlace {
  readonly entity: string;
  readonly id: string;
  /** Id of the record it belongs to, or the empty string. */
  readonly ref: string;
}

function chooseCase(id: string): void {
  useCaseView.setState({ selectedId: id, creating: false, status: 'all', search: '' });
}

/** What shows one record of each kind; a section that lists a kind is one line here. */
const SHOW: Readonly<Record<string, { readonly path: string; readonly choose: (place: RecordPlace) => void }>> = {
  case: { path: '/cases', choose: ({ id }) => chooseCase(id) },
  exhibit: {
    path: '/cases',
    choose: ({ id, ref }) => {
      chooseCase(ref);
      useExhibitView.setState({ openId: id, soughtId: id });
    },
  },
  intel: { path: '/intel', choose: ({ id }) => useIntelView.setState({ selectedId: id, search: '' }) },
  brief: { path: '/briefs', choose: ({ id }) => useBriefView.setState({ selectedId: id, creating: false, search: '' }) },
  contact: { path: '/contacts', choose: () => undefined },
};

/** Shows a record in the section it belongs to, an exhibit inside its case; `go` opens a path. A kind without a section stays where it is. */
export function openRecord(place: RecordPlace, go: (path: string) => void): void {
  const shown = SHOW[place.entity];
  if (!shown) return;
  shown.choose(place);
  go(shown.path);
}

/** Shows a record like {@link openRecord}, at what there is to decide. */
export function openConflict(place: RecordPlace, go: (path: string) => void): void {
  useSoughtConflict.setState({ recordId: place.id });
  openRecord(place, go);
}

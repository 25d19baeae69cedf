import { useBriefView } from '../features/briefs/store.ts';
import { useCaseView } from '../features/cases/store.ts';
import { useIntelView } from '../features/intel/store.ts';

/** What shows one record of each kind; a section that lists a kind is one line here. */
const SHOW: Readonly<Record<string, { readonly path: string; readonly choose: (id: string) => void }>> = {
  case: { path: '/cases', choose: (id) => useCaseView.setState({ selectedId: id, creating: false, status: 'all', search: '' }) },
  intel: { path: '/intel', choose: (id) => useIntelView.setState({ selectedId: id, search: '' }) },
  brief: { path: '/briefs', choose: (id) => useBriefView.setState({ selectedId: id, creating: false, search: '' }) },
  contact: { path: '/contacts', choose: () => undefined },
};

/** Shows a record in the section it belongs to; `go` opens a path. A kind without a section stays where it is. */
export function openRecord({ entity, id }: { readonly entity: string; readonly id: string }, go: (path: string) => void): void {
  const shown = SHOW[entity];
  if (!shown) return;
  shown.choose(id);
  go(shown.path);
}

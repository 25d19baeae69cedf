import { useNavigate } from '@tanstack/react-router';
import { SearchScreen } from '../features/search/search-screen.tsx';
import { openRecord } from './open-record.ts';

/** Search with the way to what it finds. */
export function SearchSection() {
  const navigate = useNavigate();
  return <SearchScreen onOpen={(hit) => openRecord(hit, (to) => void navigate({ to }))} />;
}

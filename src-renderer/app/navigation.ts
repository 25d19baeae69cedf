import { BookUser, FileText, FolderOpen, RefreshCw, Search, Settings, ShieldCheck, Radar } from 'lucide-react';

/** The sections of the application, in the order of the sidebar. */
export const SECTIONS = [
  { id: 'search', path: '/search', icon: Search },
  { id: 'cases', path: '/cases', icon: FolderOpen },
  { id: 'intel', path: '/intel', icon: Radar },
  { id: 'briefs', path: '/briefs', icon: FileText },
  { id: 'sharing', path: '/sharing', icon: ShieldCheck },
  { id: 'contacts', path: '/contacts', icon: BookUser },
  { id: 'sync', path: '/sync', icon: RefreshCw },
  { id: 'settings', path: '/settings', icon: Settings },
] as const;

export type SectionId = (typeof SECTIONS)[number]['id'];

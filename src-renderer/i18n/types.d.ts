// Made by scripts/gen-i18n-types.ts from the files in locales/en; run it after adding a namespace.
import 'i18next';
import type administration from '../../locales/en/administration.json';
import type app from '../../locales/en/app.json';
import type backup from '../../locales/en/backup.json';
import type briefs from '../../locales/en/briefs.json';
import type cases from '../../locales/en/cases.json';
import type contacts from '../../locales/en/contacts.json';
import type errors from '../../locales/en/errors.json';
import type exhibits from '../../locales/en/exhibits.json';
import type history from '../../locales/en/history.json';
import type intel from '../../locales/en/intel.json';
import type menu from '../../locales/en/menu.json';
import type rebuild from '../../locales/en/rebuild.json';
import type recovery from '../../locales/en/recovery.json';
import type search from '../../locales/en/search.json';
import type settings from '../../locales/en/settings.json';
import type sharing from '../../locales/en/sharing.json';
import type sync from '../../locales/en/sync.json';
import type unlock from '../../locales/en/unlock.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: {
      administration: typeof administration;
      app: typeof app;
      backup: typeof backup;
      briefs: typeof briefs;
      cases: typeof cases;
      contacts: typeof contacts;
      errors: typeof errors;
      exhibits: typeof exhibits;
      history: typeof history;
      intel: typeof intel;
      menu: typeof menu;
      rebuild: typeof rebuild;
      recovery: typeof recovery;
      search: typeof search;
      settings: typeof settings;
      sharing: typeof sharing;
      sync: typeof sync;
      unlock: typeof unlock;
    };
  }
}

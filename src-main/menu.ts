import { Menu, type MenuItemConstructorOptions } from 'electron';

/** Texts of the `menu` namespace of one language, as in locales/<lang>/menu.json. */
export type MenuTexts = Readonly<Record<string, string>>;

const SOURCES: Readonly<Record<string, { readonly default: MenuTexts }>> = import.meta.glob('../locales/*/menu.json', { eager: true });

function textsOf(locale: string): MenuTexts {
  return { ...SOURCES['../locales/en/menu.json']?.default, ...SOURCES[`../locales/${locale}/menu.json`]?.default };
}

/** Builds the application menu in a language; called again when the officer changes it. */
export function showMenu(locale: string, send: (command: string) => void): void {
  const texts = textsOf(locale);
  const label = (key: string): string => texts[key] ?? key;
  const command = (key: string, accelerator?: string): MenuItemConstructorOptions => ({ label: label(key), click: () => send(key), ...(accelerator ? { accelerator } : {}) });
  const template: MenuItemConstructorOptions[] = [
    {
      label: label('file'),
      submenu: [command('newCase', 'CmdOrCtrl+N'), command('import', 'CmdOrCtrl+I'), { type: 'separator' }, command('lock', 'CmdOrCtrl+L'), { role: 'quit', label: label('quit') }],
    },
    {
      label: label('edit'),
      submenu: (['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll'] as const).map((role) => ({ role, label: label(role) })),
    },
    {
      label: label('view'),
      submenu: [
        command('palette', 'CmdOrCtrl+K'),
        { role: 'zoomIn', label: label('zoomIn') },
        { role: 'zoomOut', label: label('zoomOut') },
        { role: 'resetZoom', label: label('resetZoom') },
        { role: 'togglefullscreen', label: label('fullScreen') },
      ],
    },
    { label: label('help'), submenu: [command('shortcuts', 'F1')] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

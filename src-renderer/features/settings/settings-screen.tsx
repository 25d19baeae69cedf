import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { THEMES, type Preferences } from '#shared/contract/preferences.ts';
import { Button } from '../../kit/button.tsx';
import { FieldRow, SelectField } from '../../kit/field.tsx';
import { Page, Prose, Section } from '../../kit/page.tsx';
import { ChangePassphraseForm } from './change-passphrase-form.tsx';
import { RemoveProfileForm } from './remove-profile-form.tsx';
import { languageInfo, LANGUAGES } from '../../i18n/locales.ts';

interface SettingsScreenProps {
  readonly preferences: Preferences;
  readonly onChange: (change: Partial<Preferences>) => void;
  readonly onLock: () => void;
  /** The recovery kit: a feature of its own, composed by app/. */
  readonly recovery: ReactNode;
  /** Backups: likewise. */
  readonly backup: ReactNode;
}

const LOCK_MINUTES = [1, 5, 10, 30, 60] as const;

/** Languages, colours and locking of this device. */
export function SettingsScreen({ preferences, onChange, onLock, recovery, backup }: SettingsScreenProps) {
  const { t } = useTranslation('settings');
  const complete = LANGUAGES.filter((language) => language.uiComplete).map(({ tag, selfName }) => ({ id: tag, label: selfName, lang: tag }));
  const isReviewed = languageInfo(preferences.locale)?.review === 'source';
  return (
    <Page title={t('title')}>
      <Prose>
        <Section title={t('language.title')}>
          <FieldRow>
            <SelectField label={t('language.interface')} value={preferences.locale} choices={complete} onChange={(locale) => onChange({ locale })} />
            <SelectField
              label={t('language.reading')}
              value={preferences.readingLocale || 'follow'}
              choices={[{ id: 'follow', label: t('language.follow') }, ...complete]}
              onChange={(tag) => onChange({ readingLocale: tag === 'follow' ? '' : tag })}
            />
            <SelectField
              label={t('language.digits')}
              value={preferences.digits}
              choices={[
                { id: 'latn', label: t('language.latn') },
                { id: 'native', label: t('language.native') },
              ]}
              onChange={(id) => onChange({ digits: id === 'native' ? 'native' : 'latn' })}
            />
          </FieldRow>
          {isReviewed ? null : <p>{t('language.review')}</p>}
        </Section>
        <Section title={t('appearance.title')}>
          <FieldRow>
            <SelectField
              label={t('appearance.theme')}
              value={preferences.theme}
              choices={THEMES.map((theme) => ({ id: theme, label: t(`appearance.${theme}`) }))}
              onChange={(id) => onChange({ theme: THEMES.find((theme) => theme === id) ?? 'system' })}
            />
          </FieldRow>
        </Section>
        <Section title={t('security.title')}>
          <p>{t('security.encrypted')}</p>
          <FieldRow>
            <SelectField
              label={t('security.autoLock')}
              value={String(preferences.autoLockMinutes)}
              choices={LOCK_MINUTES.map((count) => ({ id: String(count), label: t('security.minutes', { count }) }))}
              onChange={(id) => onChange({ autoLockMinutes: Number(id) })}
            />
          </FieldRow>
          <div>
            <Button onPress={onLock}>{t('security.lockNow')}</Button>
          </div>
        </Section>
        <ChangePassphraseForm />
        {recovery}
        {backup}
        <RemoveProfileForm />
      </Prose>
    </Page>
  );
}

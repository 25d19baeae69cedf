import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from '#shared/contract/errors.ts';
import { useNames, useServices } from '../../db/services.tsx';
import { Button } from '../../kit/button.tsx';
import { useErrorText } from '../../kit/error-text.ts';
import { Notice } from '../../kit/notice.tsx';
import { exportExposure, exposureCsv, findExposure, type ExposedLine } from './actions.ts';

/** Lines shown; the file has them all. */
const SHOWN = 200;

/** What a lost device could have held, for those who must be told. */
export function ExposureList({ device }: { readonly device: string }) {
  const { t } = useTranslation('administration');
  const { data } = useServices();
  const names = useNames();
  const errorText = useErrorText();
  const [lines, setLines] = useState<readonly ExposedLine[]>();
  const [problem, setProblem] = useState<AppError>();
  const [isSaved, setSaved] = useState(false);
  useEffect(() => {
    let isShown = true;
    void findExposure(data, device).then((found) => {
      if (!isShown) return;
      if (found.ok) setLines(found.value);
      else setProblem(found.error);
    });
    return () => {
      isShown = false;
    };
  }, [data, device]);
  const save = async (): Promise<void> => {
    const headings = [t('exposure.id'), t('exposure.kind'), t('exposure.owner'), t('exposure.record'), t('exposure.deleted')];
    const saved = await exportExposure(device, exposureCsv(headings, lines ?? []));
    setSaved(saved.ok && saved.value);
    setProblem(saved.ok ? undefined : saved.error);
  };
  return (
    <div data-testid="exposure">
      <h3>{t('exposure.title')}</h3>
      <p>
        <bdi>{names.device(device)}</bdi>
      </p>
      {lines ? <p>{t('exposure.explain', { total: lines.length })}</p> : null}
      <ul>
        {(lines ?? []).slice(0, SHOWN).map((line) => (
          <li key={line.id}>
            <bdi>{line.title || line.id}</bdi>
            {line.owner ? ` · ${names.unit(line.owner)}` : ''}
          </li>
        ))}
      </ul>
      {lines && lines.length > SHOWN ? <p>{t('exposure.more', { total: lines.length - SHOWN })}</p> : null}
      {lines && lines.length > 0 ? <Button onPress={() => void save()}>{t('exposure.export')}</Button> : null}
      {isSaved ? (
        <Notice kind="ok">
          <p>{t('exposure.saved')}</p>
        </Notice>
      ) : null}
      {problem ? (
        <Notice kind="bad">
          <p>{errorText(problem)}</p>
        </Notice>
      ) : null}
    </div>
  );
}

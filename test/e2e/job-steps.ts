import { expect } from '@playwright/test';
import { everythingSent, type Officer } from './officer.ts';
import { chooseFile as chooseFileIn } from './tour.ts';

/** The file dialog answers `file`, until told otherwise. */
export async function chooseFile(officer: Officer, file: string): Promise<void> {
  await chooseFileIn(officer.app.app, file);
}

/** Who hands an exhibit over in {@link addExhibit}. */
export const EXHIBIT_FROM = 'ພະຍານສົມມຸດ (invented witness)';

/** Fills the form of a new exhibit of the case that is open, and seals it; does not wait. */
export async function addExhibit(officer: Officer, file: string): Promise<void> {
  await chooseFile(officer, file);
  await officer.press(officer.t('exhibits:add'));
  const form = officer.page().getByRole('dialog');
  await form.locator('input[name=receivedFrom]').fill(EXHIBIT_FROM);
  await form.locator('input[name=condition]').fill('ຖົງຜະນຶກ sealed bag');
  await form.locator('input[name=reason]').fill('ໝາຍຄົ້ນ warrant 12/2026');
  await form.getByRole('button', { name: officer.t('exhibits:form.seal'), exact: true }).click();
}

/** Opens the brief of that title. */
export async function openBrief(officer: Officer, title: string): Promise<void> {
  await officer.go('briefs');
  await officer.page().getByRole('row').filter({ hasText: title }).click();
}

/** Works offline by choice, or goes online again. */
export async function pause(officer: Officer, paused: boolean): Promise<void> {
  await officer.go('sync');
  await officer.press(officer.t(paused ? 'sync:state.pause' : 'sync:state.resume'));
  await expect(officer.page().locator('footer')).toContainText(officer.t(paused ? 'app:status.paused' : 'app:status.online'), { timeout: 30_000 });
}

/** Edits the case of that title: fields by name. */
export async function editCase(officer: Officer, title: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await officer.go('cases');
  await officer.page().getByRole('row').filter({ hasText: title }).click();
  await officer.press(officer.t('app:action.edit'));
  for (const [name, value] of Object.entries(fields)) await officer.page().locator(`aside [name=${name}]`).fill(value);
  await officer.press(officer.t('app:action.save'));
  await expect(officer.page().locator('aside form input[name=title]')).toHaveCount(0);
}

/** Signs the own country's mandate for the demo taskforce. */
export async function signMandate(officer: Officer): Promise<void> {
  await officer.go('sharing');
  const taskforce = officer.page().locator('[data-taskforce="t:op-beacon"]');
  await taskforce.locator('input[name=confirm]').fill('OP-BEACON');
  await taskforce.getByRole('button', { name: officer.t('sharing:mandate.sign') }).click();
  await everythingSent(officer);
}

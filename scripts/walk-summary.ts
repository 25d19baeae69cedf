/** Writes screenshots/SUMMARY.md: what the walk through the main job left, step by step. */
import { readdirSync, writeFileSync } from 'node:fs';

const STEPS: Readonly<Record<string, string>> = {
  '01': 'First start in Lao, offline: language, passphrase',
  '02': 'A case with observables; STIX and MISP imported with dry run; observables found in the imported intelligence',
  '03': 'A brief of twelve statements, read back in Lao and previewed in other languages',
  '04': 'Enrolment, admission by comparing codes, release signed by the NCB officer for named units',
  '05': 'Read in Manila in Filipino; the receipt reaches Laos',
  '06': 'Refused without a mandate, and told so; then both edit one case offline and the conflict shows both values',
  '07': 'Vanuatu finds no trace',
};
const shots = readdirSync('screenshots')
  .filter((file) => file.endsWith('.png'))
  .sort();
const lines = Object.entries(STEPS).map(([step, title]) => {
  const own = shots.filter((file) => file.startsWith(`${step}-`));
  return `## ${Number(step)}. ${title}\n\n${own.map((file) => `- [${file}](${file})`).join('\n')}\n`;
});
writeFileSync('screenshots/SUMMARY.md', `# The main job, walked in the real application\n\nAll names and data are invented.\n\n${lines.join('\n')}`);
console.log(`${shots.length} screenshots and a summary in screenshots/`);

/**
 * What a lab may set from outside: where the process ends without warning, and smaller sizes and times. All of it is dead in a
 * packaged application, because nobody arms it there.
 */
const [point, nth] = (process.env['SUAR_LAB_CRASH_AT'] ?? '').split(':');
let left = Number(nth ?? 1);
let armed = false;

/** Called once by the composition root. */
export function armLab(isPackaged: boolean): void {
  armed = !isPackaged;
}

/** A named place where a lab ends the process (SIGKILL) at its n-th passing (`name:n`), to see what a power cut there would leave. Costs one comparison. */
export function crashPoint(name: string): void {
  if (!armed || name !== point || --left > 0) return;
  process.kill(process.pid, 'SIGKILL');
}

/** The crash point a lab chose, for places outside this process and for those that have to prepare. */
export function chosenCrashPoint(): string | undefined {
  return armed && point !== '' ? point : undefined;
}

/** The number a lab gave for `name` (`SUAR_LAB_<name>`), or `usual`. */
export function labNumber(name: string, usual: number): number {
  const given = armed ? Number(process.env[`SUAR_LAB_${name}`]) : Number.NaN;
  return Number.isFinite(given) && given > 0 ? given : usual;
}

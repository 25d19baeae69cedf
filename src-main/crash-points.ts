/** Variable a lab sets to one crash point's name, or `name:n` for its n-th passing; never read by a packaged application. */
const VARIABLE = 'SUAR_CRASH_AT';

const [wanted, nth] = (process.env[VARIABLE] ?? '').split(':');
let left = Number(nth ?? 1);
let armed = false;

/** Called once by the composition root; only an unpackaged application can be told to end itself. */
export function armCrashPoints(isPackaged: boolean): void {
  armed = !isPackaged && Boolean(wanted);
}

/** A named place where a lab ends the process without warning (SIGKILL), to see what a power cut there would leave. Costs one comparison. */
export function crashPoint(name: string): void {
  if (!armed || name !== wanted || --left > 0) return;
  process.kill(process.pid, 'SIGKILL');
}

/** Whether `name` is the place chosen, for places that have to prepare. */
crashPoint.isSet = (name: string): boolean => armed && name === wanted;

/** Where the process tree is killed; a life of the application ends at one of them. */
export const KILL_POINTS = ['after-acknowledgement', 'during-insert', 'during-edit', 'at-any-time', 'during-unlock', 'at-first-list'] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** The point and the moment of the n-th kill: every point in turn, each time with another delay. */
export interface PlannedKill {
  readonly point: KillPoint;
  /** Writes acknowledged before the kill may come. */
  readonly writes: number;
  /** From the action the point names to the kill. */
  readonly delayMs: number;
}

const LONGEST_MS: Readonly<Record<KillPoint, number>> = { 'after-acknowledgement': 1, 'during-insert': 40, 'during-edit': 40, 'at-any-time': 3000, 'during-unlock': 1500, 'at-first-list': 300 };

/** Plans kill `n`; `random` gives numbers from 0 to 1. */
export function planKill(n: number, random: () => number): PlannedKill {
  const point = KILL_POINTS[n % KILL_POINTS.length] ?? 'at-any-time';
  return { point, writes: 3 + Math.floor(random() * 6), delayMs: Math.floor(random() * LONGEST_MS[point]) };
}

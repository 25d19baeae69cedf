import { sqlState } from './database.ts';

/** The transaction may have been committed or not: the node was lost while it was. Whoever repeats it must bear both. */
export class OutcomeUnknown extends Error {}

/** No node takes writes at present, or every connection is in use: try again later. */
export class DatabaseBusy extends Error {}

/** Shut down, crashed, starting up, read-only after a switch. */
const STATES = new Set(['57P01', '57P02', '57P03', '25006']);
const CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const TEXTS = ['Connection terminated', 'Client has encountered a connection error', 'Client was closed', 'Cannot use a pool after'];
/** What `pg` says when all connections of a pool stay in use; the node itself is well. */
const POOL_FULL = 'timeout exceeded when trying to connect';

/** Whether an error says that the node, not the statement, has failed. */
export function isNodeFailure(error: unknown): boolean {
  const state = sqlState(error);
  if (STATES.has(state) || CODES.has(state) || /^08...$/.test(state)) return true;
  return error instanceof Error && TEXTS.some((text) => error.message.startsWith(text));
}

/** Whether all connections stayed in use for too long. */
export function isPoolFull(error: unknown): boolean {
  return error instanceof Error && error.message === POOL_FULL;
}

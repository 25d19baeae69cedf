import { expect, it } from 'vitest';
import { err, ok, type Result } from '#shared/base/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { IpcRequest } from '#shared/contract/ipc.ts';
import { readKnownQuestion, type KnownQuestion, type Version } from '#shared/contract/known-versions.ts';
import { createUnsettled } from '../../../src-main/link/unsettled.ts';
import { caseRecord } from './device.ts';

type Rows = IpcRequest<'link.push'>['rows'];
const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const rev = (n: number) => String(n).padStart(24, '0');
const rowsOf = (count: number, from = 0): Rows => Array.from({ length: count }, (_, n) => ({ doc: caseRecord({ id: id(from + n), rev: rev(from + n) }), assumed: null }) as unknown as Rows[number]);
const versions = (rows: Rows): Version[] => rows.map(({ doc }) => ({ id: doc.id, rev: doc.rev }));

/** A hub that has some versions, and what it was asked about. */
function hubWith(has: readonly Version[], failing?: AppError) {
  const asked: (readonly Version[])[] = [];
  const names = new Set(has.map((version) => `${version.id} ${version.rev}`));
  const request = (_method: string, path: string, body?: unknown): Promise<Result<unknown, AppError>> => {
    expect(path).toBe('/v1/push/known');
    if (failing) return Promise.resolve(err(failing));
    const question = readKnownQuestion(body as KnownQuestion);
    if (!question) throw new Error('no question');
    asked.push(question.versions);
    return Promise.resolve(ok({ others: question.versions.flatMap((version, at) => (names.has(`${version.id} ${version.rev}`) ? [] : [at])) }));
  };
  return { asked, client: { request: request as never } };
}

it('asks about everything after a start, until nothing of it is at the hub', async () => {
  const unsettled = createUnsettled();
  const [first, second] = [rowsOf(10), rowsOf(10, 10)];
  const { asked, client } = hubWith(versions(first.slice(0, 7)));
  expect(await unsettled.withoutKnown(client, { rows: first })).toEqual(ok(first.slice(7)));
  unsettled.heard(first);
  expect(await unsettled.withoutKnown(client, { rows: second })).toEqual(ok(second));
  expect(await unsettled.withoutKnown(client, { rows: rowsOf(10, 20) })).toMatchObject({ ok: true });
  expect(asked).toEqual([versions(first), versions(second)]);
});

it('then asks about those alone that were on their way when a push failed', async () => {
  const unsettled = createUnsettled();
  await unsettled.withoutKnown(hubWith([]).client, { rows: rowsOf(10, 100) });
  const rows = rowsOf(20);
  unsettled.sending(versions(rows.slice(0, 12)));
  const { asked, client } = hubWith(versions(rows.slice(0, 9)));
  expect(await unsettled.withoutKnown(client, { rows })).toEqual(ok(rows.slice(9)));
  expect(asked).toEqual([versions(rows.slice(0, 12))]);
  // what became of them was heard: they are in doubt no more
  unsettled.heard(rows);
  expect(await unsettled.withoutKnown(client, { rows })).toEqual(ok(rows));
  expect(asked).toHaveLength(1);
});

it('pushes an edit of what was on its way, which is another version', async () => {
  const unsettled = createUnsettled();
  await unsettled.withoutKnown(hubWith([]).client, { rows: rowsOf(10, 100) });
  const rows = rowsOf(8);
  unsettled.sending(versions(rows));
  const edited = rows.map((row, n) => (n === 3 ? { ...row, doc: { ...row.doc, rev: rev(99) } } : row));
  const { asked, client } = hubWith(versions(rows));
  expect(await unsettled.withoutKnown(client, { rows: edited })).toEqual(ok([edited[3]]));
  expect(asked).toEqual([versions(rows.filter((_row, n) => n !== 3))]);
});

it('asks about few rows never: they are sent sooner', async () => {
  const unsettled = createUnsettled();
  const { asked, client } = hubWith([]);
  expect(await unsettled.withoutKnown(client, { rows: rowsOf(4) })).toEqual(ok(rowsOf(4)));
  expect(asked).toEqual([]);
});

it('sends nothing where the question fails, and stays in doubt', async () => {
  const unsettled = createUnsettled();
  const rows = rowsOf(10);
  expect(await unsettled.withoutKnown(hubWith([], { code: 'hub-outdated' }).client, { rows, epoch: id(1) })).toEqual(err({ code: 'hub-outdated' }));
  const { client } = hubWith(versions(rows));
  expect(await unsettled.withoutKnown(client, { rows })).toEqual(ok([]));
});

it('doubts everything again where more is on its way than it remembers', async () => {
  const unsettled = createUnsettled();
  await unsettled.withoutKnown(hubWith([]).client, { rows: rowsOf(10, 5000) });
  unsettled.sending(versions(rowsOf(2001)));
  const rows = rowsOf(10, 9000);
  const { asked, client } = hubWith([]);
  await unsettled.withoutKnown(client, { rows });
  expect(asked).toEqual([versions(rows)]);
});

it.each<[string, unknown]>([
  ['a version of one text', { versions: [[new Uint8Array(16)]] }],
  ['a text that is too long', { versions: [[new Uint8Array(16), 'a'.repeat(37)]] }],
  ['no texts', { versions: [[1, 2]] }],
  ['no list', { versions: [7] }],
])('reads no question with %s', (_what, asked) => {
  expect(readKnownQuestion(asked as KnownQuestion)).toBeUndefined();
});

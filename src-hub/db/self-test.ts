import type { Database } from './database.ts';

const PROBE_BUCKETS = '{u:hub-selftest}';

/**
 * Throws unless row-level security bites for the service: its role may not be superuser or bypass policies, the planted row
 * (0003-access.sql) must be hidden without its bucket and visible with it, and the codes must be out of reach.
 */
export async function selfTest(db: Database): Promise<void> {
  const seen = await db.service(async (sql) => {
    const [role] = await sql.rows<{ name: string; strong: boolean }>('select rolname as name, rolsuper or rolbypassrls as strong from pg_roles where rolname = current_user');
    const [hidden] = await sql.rows<{ count: number }>('select count(*)::int as count from records');
    await sql.rows("select set_config('app.buckets', $1, true)", [PROBE_BUCKETS]);
    const [shown] = await sql.rows<{ count: number }>('select count(*)::int as count from records');
    const [codes] = await sql.rows<{ readable: boolean }>("select has_table_privilege('enrol_code', 'select') as readable");
    const [tables] = await sql.rows<{ open: number }>(
      "select count(*)::int as open from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'schema_migration' and not (relrowsecurity and relforcerowsecurity)",
    );
    return { role, hidden, shown, codes, tables };
  });
  const problem =
    seen.role?.name !== 'hub_app' || seen.role.strong
      ? 'the service does not run as the plain role hub_app'
      : seen.hidden?.count !== 0
        ? 'a row of nobody is visible to the service'
        : seen.shown?.count !== 1
          ? 'the planted row is missing, so the test proves nothing'
          : seen.codes?.readable !== false
            ? 'the service can read enrolment codes'
            : seen.tables?.open !== 0
              ? 'a table has no forced row-level security'
              : undefined;
  if (problem) throw new Error(`row-level security self-test failed: ${problem}`);
}

import { AppError } from '../../contract/errors.ts';
import { DEFAULT_TENANT } from '../../contract/names.ts';
import type { Log } from '../../ports.ts';
import type { Db } from '../db.ts';
import { aloneMigrating } from './migration-lock.ts';

/** Roles, policies and grants (functions/isolation.sql); for the owner of the tables. */
export const ISOLATE = 'select pantry_queue.isolate()';

type Lacking = { lacking: string[]; owner: boolean; login: string; tenants: boolean };

const LOOK = `
select array(select pantry_queue.lacking_isolation()) as lacking, session_user::text as login,
  pg_has_role((select relowner from pg_class where oid = 'pantry_queue.jobs'::regclass), 'USAGE') as owner,
  exists (select from pantry_queue.counts where tenant_id <> $1) as tenants`;

async function look(db: Db): Promise<Lacking> {
  const [row] = await db.query<Lacking>(LOOK, [DEFAULT_TENANT]);
  if (!row) throw new Error('the database does not say what it lacks');
  return row;
}

/**
 * Sees to it that requests run as a role that sees one tenant. Where this login may not make or become it, the log says
 * what is lacking and who must run what: one tenant is served without it, more are not.
 * @throws AppError ledger_misconfigured when there is more than one tenant already
 */
export async function isolate(db: Db, log: Log): Promise<void> {
  const before = await look(db);
  if (before.lacking.length === 0) return;
  if (before.owner) await aloneMigrating(db, log, (tx) => tx.query(ISOLATE));
  const { lacking, login, tenants } = await look(db);
  if (lacking.length === 0) return;
  const remedy = `As a superuser, in this database: select pantry_queue.isolate('${login}');`;
  const finding = `Requests are not isolated by the database: ${lacking.join('; ')}.`;
  if (!tenants) return log.warn({ finding, remedy }, 'ledger.not_isolated');
  throw new AppError('ledger_misconfigured', `${finding} This queue has more than one tenant.`, {
    hint: `${remedy} Then start again.`,
  });
}

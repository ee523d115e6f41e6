import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Who logs in to PostgreSQL: none is a superuser. */
export const ROLES = {
  /** Temporal's, which makes its two databases itself. */
  temporal: 'login createdb',
  /** Owns the queue's database and migrates it. */
  queue_owner: 'login',
  /** What servers and workers run as: it owns nothing. */
  queue_app: 'login',
} as const;

export type RoleName = keyof typeof ROLES;

const DATABASE = 'receipts';

export interface Logins {
  /** The server's address for a role, with the queue's database. */
  urlOf(role: RoleName): URL;
  /** The queue's database as the superuser. */
  readonly adminUrl: string;
  readonly logins: readonly (readonly [name: string, password: string])[];
}

async function asAdmin(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Makes the roles and the queue's database, empty. @param serverUrl of the superuser, without a database */
export async function createLogins(serverUrl: string): Promise<Logins> {
  const passwords = Object.fromEntries(Object.keys(ROLES).map((name) => [name, randomBytes(12).toString('hex')]));
  await asAdmin(`${serverUrl}/postgres`, [
    ...Object.entries(ROLES).map(([name, rights]) => `create role ${name} ${rights} password '${passwords[name]}'`),
    `create database ${DATABASE} owner queue_owner`,
    `revoke connect, temporary on database ${DATABASE} from public`,
    `grant connect on database ${DATABASE} to queue_app`,
  ]);
  return {
    urlOf(role) {
      const url = new URL(`${serverUrl}/${DATABASE}`);
      url.username = role;
      url.password = passwords[role] ?? '';
      return url;
    },
    adminUrl: `${serverUrl}/${DATABASE}`,
    logins: Object.entries(passwords),
  };
}

/** After the migration: what docs/operations.md tells a superuser to run for a login that may not make roles. */
export function isolateTenants({ adminUrl }: Logins): Promise<void> {
  return asAdmin(adminUrl, [`select pantry_queue.isolate('queue_owner')`, `select pantry_queue.isolate('queue_app')`]);
}

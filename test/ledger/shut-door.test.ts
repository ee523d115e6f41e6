import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { unlessRefused } from '../../src/ledger/connection/refusal.ts';
import { KEPT_OUT } from '../../src/ledger/connection/sqlstates.ts';
import { createDb } from '../../src/ledger/db.ts';
import { createTestDatabase } from '../support/db.ts';

/** What keeps a login out → how it is done and undone, and what a call is told. */
const SHUT: Readonly<
  Record<string, { shut(role: string, name: string): string; open(role: string, name: string): string; says: string }>
> = {
  'another password': {
    shut: (role) => `alter role ${role} password 'second'`,
    open: (role) => `alter role ${role} password 'first'`,
    says: KEPT_OUT,
  },
  'a login that was taken away': {
    shut: (role) => `alter role ${role} nologin`,
    open: (role) => `alter role ${role} login`,
    says: KEPT_OUT,
  },
  'a password that has expired': {
    shut: (role) => `alter role ${role} valid until '2020-01-01'`,
    open: (role) => `alter role ${role} valid until 'infinity'`,
    says: KEPT_OUT,
  },
  'a right to connect that was revoked': {
    shut: (_role, name) => `revoke connect on database ${name} from public`,
    open: (_role, name) => `grant connect on database ${name} to public`,
    says: KEPT_OUT,
  },
  'a limit of connections of the login': {
    shut: (role) => `alter role ${role} connection limit 0`,
    open: (role) => `alter role ${role} connection limit -1`,
    says: 'The database has no disk space, memory or connections left.',
  },
  'a limit of connections of the database': {
    shut: (_role, name) => `alter database ${name} connection limit 0`,
    open: (_role, name) => `alter database ${name} connection limit -1`,
    says: 'The database has no disk space, memory or connections left.',
  },
  'a database that takes no connections': {
    shut: (_role, name) => `alter database ${name} allow_connections false`,
    open: (_role, name) => `alter database ${name} allow_connections true`,
    says: KEPT_OUT,
  },
  'a database under another name': {
    shut: (_role, name) => `alter database ${name} rename to ${name}_away`,
    open: (_role, name) => `alter database ${name}_away rename to ${name}`,
    says: KEPT_OUT,
  },
};

describe('a database that is shut to a program while that runs', () => {
  it.each(Object.entries(SHUT))(
    '[P9] [I8] by %s: is named to each call, and reached again without a restart',
    async (_what, way) => {
      const own = await createTestDatabase({ migrated: false });
      onTestFinished(() => own.drop());
      const name = new URL(own.url).pathname.slice(1);
      const role = `${name}_guest`;
      const admin = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
      await admin.connect();
      await admin.query(`create role ${role} login password 'first'`);
      const url = Object.assign(new URL(own.url), { username: role, password: 'first' });
      const db = createDb({ url: url.href, applicationName: 'guest', maxConnections: 3 });
      onTestFinished(async () => {
        await db.close();
        await admin.query(`drop role ${role}`);
        await admin.end();
      });
      const call = () => db.query('select 1 as one').catch((error: unknown) => error);
      expect(await call()).toEqual([{ one: 1 }]);

      const cut = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`;
      await admin.query(cut);
      await admin.query(way.shut(role, name));
      await expect.poll(call).toMatchObject({ code: 'ledger_unavailable', message: way.says, retryAfterS: 2 });
      // A save that meets it is sent again, and does not end its job.
      await expect(unlessRefused(() => db.query('select 1'))).rejects.toMatchObject({ code: 'ledger_unavailable' });
      await expect(unlessRefused(() => db.transaction((tx) => tx.query('select 1')))).rejects.toMatchObject({
        code: 'ledger_unavailable',
      });
      await admin.query(way.open(role, name));
      await expect.poll(call).toEqual([{ one: 1 }]);
    },
  );
});

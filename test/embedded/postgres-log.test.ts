import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const SECRET = 'Pharmacy Rosenthal, 2 x Sertraline';

/** Statements that a database refuses and, by default, quotes: the values of parameters and rows with them. */
const REFUSED: readonly { why: string; sql: string }[] = [
  { why: 'a CHECK', sql: 'insert into t (name) values ($1)' },
  { why: 'a NOT NULL', sql: `insert into t (name, amount) values (left($1, 0) || 'ok' || $1, null)` },
  { why: 'a UNIQUE key', sql: `insert into u values ($1), ($1)` },
  { why: 'a type', sql: 'select ($1::text)::int' },
  { why: 'a width', sql: 'insert into w values ($1)' },
  { why: 'a trigger that raises', sql: 'insert into r values ($1)' },
];

describe('the log of the embedded PostgreSQL', () => {
  let server: TestPostgres;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startPostgres();
    client = new pg.Client({ connectionString: `${server.url}/postgres` });
    await client.connect();
    await client.query(`
      create table t (name text check (name not like '%Sertraline'), amount int not null default 1);
      create table u (name text unique);
      create table w (name varchar(3));
      create table r (name text);
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not today' using detail = new.name; end $$;
      create trigger refuse before insert on r for each row execute function refuse();`);
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  it('says when the server began to serve', () => {
    expect(readFileSync(server.logFile, 'utf8')).toContain('database system is ready to accept connections');
  });

  for (const { why, sql } of REFUSED) {
    it(`[S6] names no text of a receipt when ${why} refuses it`, async () => {
      await expect(client.query(sql, [SECRET])).rejects.toThrow();
      await client.query('select 1');
      expect(readFileSync(server.logFile, 'utf8')).not.toMatch(/Sertraline|DETAIL|STATEMENT/);
    });
  }
});

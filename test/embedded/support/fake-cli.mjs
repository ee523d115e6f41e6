// `migrate` of the stand-ins: proves that the database answers at the address the processes are given.
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS migrated (times int)');
await client.query('INSERT INTO migrated VALUES (1)');
await client.end();

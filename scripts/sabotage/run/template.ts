import { spawnSync } from 'node:child_process';
import pg from 'pg';

const MAKE = `import { createTemplate } from './test/support/template.ts';
await createTemplate(process.argv[1]);`;

async function onServer(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Makes the database that tests copy from the SQL in `root` as it is now; the sound one is set aside.
 * @returns what the migration said where it failed, else undefined
 */
export async function makeTemplate(url: string, root: string): Promise<string | undefined> {
  await onServer(url, 'alter database template_pantry rename to sound_pantry');
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', MAKE, url], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : (/^\w*error: .*/im.exec(stderr)?.[0] ?? stderr.slice(0, 200));
}

/** Puts the sound template back. */
export async function restoreTemplate(url: string): Promise<void> {
  await onServer(
    url,
    'drop database if exists template_pantry with (force)',
    'alter database sound_pantry rename to template_pantry',
  );
}

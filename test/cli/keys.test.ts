import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ALL_SCOPES } from '../../src/contract/access-policies.ts';
import { createDataDir, dataDirAt } from '../../src/embedded/data-dir.ts';
import { takeOwnership } from '../../src/embedded/owner-file.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { renewOwnKey } from '../../src/maintenance/direct-keys.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { useDatabase } from '../support/db.ts';
import { runCli } from './run-cli.ts';

const http = useHttpQueue((db) => ({ principalOf: createKeyPrincipal(createAuthenticate({ db })) }));
const emptied = useDatabase();

let key = '';
beforeAll(async () => {
  const { principal } = { principal: { tenant: 'default', user: 7, scopes: new Set(ALL_SCOPES) } };
  key = (await http.current.queue.createKey({ name: 'cli', scopes: ['all'] }, { principal })).key;
});

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'pantry-keys-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe('[S4] pantry-queue keys', () => {
  it('makes the first key in the database itself, alone on stdout, of any tenant and user', async () => {
    const env = { DATABASE_URL: emptied.url };
    const create = ['keys', 'create', '--name', 'first'];
    const made = await runCli([...create, '--scopes', 'all', '--tenant', 'acme', '--user-id', '9'], env);
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^pq_[0-9a-f]{12}_[0-9a-f]{72}\n$/) });
    expect(made.stderr).toContain('Keep the key: it is shown only now.');
    expect(made.stderr).not.toContain(made.stdout.trim());
    expect(await createAuthenticate({ db: emptied.db })(made.stdout.trim(), '')).toMatchObject({
      tenant: 'acme',
      user: 9,
      scopes: new Set(ALL_SCOPES),
    });
    const again = await runCli([...create, '--tenant', 'acme', '--user-id', '9'], env);
    expect(again).toMatchObject({ exitCode: 6, stdout: '' });
    expect((await runCli([...create, '--tenant', 'a b'], env)).exitCode).toBe(2);
  });

  it('asks a queue that is named, with the key from the environment or a file', async () => {
    const dir = await folder();
    const file = path.join(dir, 'key');
    await writeFile(file, `${key}\n`);
    const DATABASE_URL = emptied.url;
    const list = ['keys', 'list', '--url', http.current.url];
    const [bare, byVariable, byFile] = await Promise.all([
      runCli(list, { DATABASE_URL }),
      runCli(list, { DATABASE_URL, PANTRY_QUEUE_KEY: key }),
      runCli([...list, '--key-file', file], { DATABASE_URL }),
    ]);
    expect(bare).toMatchObject({ exitCode: 4, stdout: '' });
    expect(bare.stderr).toContain('PANTRY_QUEUE_KEY');
    expect(byVariable.stdout).toContain(key.slice(0, 15));
    expect(byFile).toEqual(byVariable);
    expect((await runCli([...list, '--tenant', 'acme'], { PANTRY_QUEUE_KEY: key })).exitCode).toBe(2);
  });

  it('of the command line is refused, and not repeated', async () => {
    const ways = [['--key', key], [`--key=${key}`]].flatMap((flag) => [
      ['queue', 'info', ...flag],
      ['mcp', ...flag],
    ]);
    for (const words of ways) {
      const { exitCode, stdout, stderr } = await runCli(words, { PANTRY_QUEUE_URL: http.current.url });
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toContain('--key-file');
      expect(stderr).not.toContain(key);
    }
  });

  it('of the queue of a data folder is found there by commands, and sent to no other queue', async () => {
    const dataDir = path.join(await folder(), 'data');
    const dir = dataDirAt(dataDir);
    createDataDir(dir);
    const ownership = takeOwnership(dir);
    onTestFinished(() => ownership.release());
    const url = http.current.url;
    ownership.publish({
      ...{ pid: process.pid, started_at: new Date().toISOString(), url, mcp_url: `${url}/mcp`, key },
      ...{ database_url: 'postgresql://x', agent_url: 'http://x', processes: [] },
      temporal: { address: 'x', namespace: 'x', ui: 'http://x' },
    });
    expect((await runCli(['queue', 'info', '--data-dir', dataDir])).exitCode).toBe(0);
    expect((await runCli(['queue', 'info', '--url', url], { DATA_DIR: dataDir })).exitCode).toBe(4);
  });
});

it('[S4] the key of a queue on one machine is made anew at each start, and the one before ends', async () => {
  const first = await renewOwnKey(emptied.url);
  const second = await renewOwnKey(emptied.url);
  const who = createAuthenticate({ db: emptied.db });
  await expect(who(first, '')).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await who(second, '')).toMatchObject({ tenant: 'default', user: 1 });
});

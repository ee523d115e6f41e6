import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { atStart } from '../../src/ledger/connection/start-up.ts';
import { createDb } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { runCli } from '../cli/run-cli.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const OPENSSL = 'openssl';

/** A certificate of its own making for the host name `localhost`, as many installations have one. */
async function makeCertificate(dir: string): Promise<{ cert: string; key: string }> {
  const cert = path.join(dir, 'server.crt');
  const key = path.join(dir, 'server.key');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const how = ['req', '-new', '-x509', '-days', '2', '-nodes', '-newkey', 'rsa:2048'];
  execFileSync(OPENSSL, [...how, ...subject, '-out', cert, '-keyout', key], { stdio: 'pipe' });
  chmodSync(key, 0o600);
  const account = postgresAccount();
  if (account) for (const file of [cert, key]) chownSync(file, account.uid, account.gid);
  return { cert, key };
}

let server: TestPostgres;
let folder = '';
let cert = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pantry-tls-'));
  await chmod(folder, 0o755);
  const made = await makeCertificate(folder);
  cert = made.cert;
  server = await startPostgres({ ssl: 'on', ssl_cert_file: made.cert, ssl_key_file: made.key });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** @param at host and database of the server */
function addressOf(query: string, change: (url: URL) => void = () => {}): string {
  const url = new URL(`${server.url}/postgres${query}`);
  url.hostname = 'localhost';
  change(url);
  return url.href;
}

async function isEncrypted(url: string): Promise<boolean | undefined> {
  const db = createDb({ url, applicationName: 'tls' });
  onTestFinished(() => db.close());
  const [row] = await db.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  return row?.ssl;
}

async function refusal(url: string): Promise<unknown> {
  return atStart(async () => {
    const db = createDb({ url, applicationName: 'tls' });
    onTestFinished(() => db.close());
    await migrate(db);
  }).catch((error: unknown) => error);
}

describe('sslmode in DATABASE_URL means what libpq means by it', () => {
  it.each([
    ['disable', false],
    ['prefer', true],
    ['allow', true],
    ['require', true],
    ['no-verify', true],
  ])('[P9] %s with a certificate of the server’s own making', async (mode, encrypted) => {
    expect(await isEncrypted(addressOf(`?sslmode=${mode}`))).toBe(encrypted);
  });

  it.each(['verify-full', 'verify-ca', 'require'])(
    '[P9] %s accepts the certificate that sslrootcert names',
    async (mode) => {
      expect(await isEncrypted(addressOf(`?sslmode=${mode}&sslrootcert=${cert}`))).toBe(true);
    },
  );

  it.each([
    ['verify-full', 'an unknown certificate', () => addressOf('?sslmode=verify-full'), /certificate/i],
    [
      'verify-full',
      'another host name',
      () => addressOf(`?sslmode=verify-full&sslrootcert=${cert}`, (url) => (url.hostname = '127.0.0.1')),
      /altname|IP/i,
    ],
    ['verify-ca', 'no sslrootcert', () => addressOf('?sslmode=verify-ca'), /sslrootcert/],
    ['a mode that there is not', 'any', () => addressOf('?sslmode=sometimes'), /sslmode=sometimes/],
    [
      'verify-full',
      'a file that is not there',
      () => addressOf('?sslmode=verify-full&sslrootcert=/no/such/file'),
      /no\/such\/file/,
    ],
    [
      'require',
      'a server without TLS',
      () => `${inject('postgresUrl')}/postgres?sslmode=require`,
      /does not support SSL/,
    ],
  ] as const)('[P9] %s refuses %s, and says so', async (_mode, _what, url, words) => {
    expect(await refusal(url())).toMatchObject({ code: 'ledger_misconfigured', message: expect.stringMatching(words) });
  });
});

describe('a database that does not let the program in', () => {
  const CASES = [
    [
      'a wrong password',
      () => addressOf('', (url) => (url.password = 'wrong')),
      'ledger_misconfigured',
      /password authentication failed for user/,
    ],
    ['an unknown role', () => addressOf('', (url) => (url.username = 'nobody')), 'ledger_misconfigured', /nobody/],
    [
      'an unknown database',
      () => addressOf('', (url) => (url.pathname = '/nowhere')),
      'ledger_misconfigured',
      /database "nowhere" does not exist/,
    ],
    ['a closed port', () => 'postgresql://a:b@127.0.0.1:1/x', 'ledger_unavailable', /ECONNREFUSED 127.0.0.1:1/],
    [
      'a host that is not there',
      () => 'postgresql://a:b@no-such-host.invalid/x',
      'ledger_unavailable',
      /no-such-host.invalid/,
    ],
  ] as const;

  it.each(CASES)('[P9] %s is told in the server’s own words', async (_what, url, code, words) => {
    const error = await refusal(url());
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(String((error as Error).message)).not.toContain('\n');
  });

  it('[P9] the command line prints one sentence and its hint, no stack', async () => {
    const run = await runCli(['migrate'], { DATABASE_URL: addressOf('', (url) => (url.password = 'wrong')) });
    expect(run.stderr).toMatch(/^Error \(ledger_misconfigured\): .*password authentication failed for user.*\n.+\n$/);
    expect(run.stderr).not.toMatch(/\bat .*\.[jt]s|wrong/);
    expect(run.exitCode).toBe(5);
    const worker = await runCli(['verify', '--no-engine'], { DATABASE_URL: addressOf('') });
    expect(worker.stderr).toMatch(/^Error \(ledger_misconfigured\): .*42P01.*\n.+\n$/);
  });
});

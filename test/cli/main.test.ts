import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { addReceipts } from '../support/db.ts';
import { runCli } from './run-cli.ts';

const http = useHttpQueue();
const photoOf = (name: string) => fileURLToPath(new URL(`../../assets/receipts/${name}`, import.meta.url));
const photo = photoOf('contoso-receipt-2.jpg');

const cli = (...args: string[]) => runCli(args, { PANTRY_QUEUE_URL: http.current.url });
const json = async (...args: string[]) => {
  const run = await cli(...args, '--json');
  return { ...run, answer: JSON.parse(run.stdout) as Record<string, unknown> };
};

describe('a command', () => {
  it('queues, shows, cancels and retries a job', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    const job = `ocr-${id}`;
    expect(await cli('job', 'enqueue', `${id}`, '--priority', 'high')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(`^${job}: queued \\(admission\\)`),
      stderr: '',
    });
    expect((await json('job', 'enqueue', `${id}`)).answer).toMatchObject({
      job_id: job,
      deduplicated: true,
      priority: 'high',
    });
    expect((await cli('job', 'status', job)).stdout).toContain('waits for');
    expect((await json('job', 'cancel', job)).answer).toMatchObject({ status: 'canceled' });
    expect((await json('job', 'retry', job)).answer).toMatchObject({ generation: 2, status: 'queued' });
  });

  it('queues many: by their ids, and what is pending of a user', async () => {
    const ids = await addReceipts(http.current.db, 3, 31);
    expect((await json('batch', 'enqueue', `${ids[0]}`, `${ids[1]}`)).answer).toMatchObject({ total: 2, queued: 2 });
    const pending = await json('batch', 'enqueue', '--pending', '--user-id', '31', '--limit', '3');
    expect(pending.answer).toMatchObject({ total: 3, queued: 1, deduplicated: 2 });
  });

  it('adds photographs and lists receipts', async () => {
    const add = (...more: string[]) => cli('receipt', 'add', photo, '--user-id', '32', ...more);
    const added = await add(photoOf('lidl_30042020_08_01958.jpg'), '--purchase-date', '2026-01-19');
    expect(added).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/receipt (\d+): .+\n {2}ocr-\1: queued/),
    });
    const { answer } = await json('receipt', 'list', '--user-id', '32');
    expect(answer).toMatchObject({ total: 2 });
    expect(await add()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('It was there already') });
    expect(await json('receipt', 'list', '--user-id', '32')).toMatchObject({ answer: { total: 2 } });
    expect((await add('--allow-duplicate')).stdout).not.toContain('It was there already');
    expect(await json('receipt', 'list', '--user-id', '32')).toMatchObject({ answer: { total: 3 } });
    const [{ id = 0 } = {}] = answer.receipts as { id?: number }[];
    expect((await cli('receipt', 'show', `${id}`)).stdout).toContain('minio://receipts/');
  });

  it('pauses and resumes the queue, and shows it', async () => {
    expect((await cli('queue', 'pause', '--reason', 'lunch')).stdout).toBe('test is paused.\n');
    expect((await cli('queue', 'info')).stdout).toContain('lunch');
    expect((await cli('queue', 'resume')).stdout).toBe('test goes on.\n');
  });

  it('prints the text of a receipt without what could steer a terminal', async () => {
    const [id = 0] = await addReceipts(http.current.db, 1, 33);
    await http.current.db.query('update public.receipts set merchant_name = $2 where id = $1', [
      id,
      'Shop\u001b[31m\u0007\u202eevil\r\nError: all lost',
    ]);
    const { stdout } = await cli('receipt', 'list', '--user-id', '33');
    const [heading, row = '', ...others] = stdout.trimEnd().split('\n');
    expect(`${heading}${row}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(row).toContain('Shop');
    expect(others).toEqual([]);
  });

  it('follows a job to its end, and exits 1 when it did not finish', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    await cli('job', 'enqueue', `${id}`);
    const watching = cli('job', 'watch', `ocr-${id}`);
    await cli('job', 'cancel', `ocr-${id}`);
    expect(await watching).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('canceled') });
  });
});

describe('a refusal', () => {
  const cases: [string, string[], number, string, string][] = [
    ['usage: a word that does not exist', ['job', 'enqueu', '1'], 2, '', 'Did you mean enqueue?'],
    ['usage: a flag that does not exist', ['job', 'enqueue', '1', '--pririty', 'x'], 2, '', 'Did you mean --priority?'],
    ['usage: an argument that is missing', ['job', 'enqueue'], 2, '', 'missing required argument'],
    [
      'usage: a value that is none',
      ['job', 'enqueue', '17abc'],
      2,
      'invalid_argument',
      'receipt_id must be a whole number',
    ],
    [
      'usage: a value that is not allowed',
      ['job', 'enqueue', '1', '--priority', 'urgent'],
      2,
      'invalid_argument',
      'high, default, low',
    ],
    ['usage: nothing to queue', ['batch', 'enqueue'], 2, 'invalid_argument', 'receipt_ids'],
    ['usage: a file that is not there', ['receipt', 'add', '/no/such.jpg'], 2, 'invalid_argument', '/no/such.jpg'],
    ['not found', ['job', 'status', 'ocr-1999999999'], 3, 'job_not_found', 'ocr-1999999999'],
    ['not found: a receipt', ['receipt', 'show', '1999999999'], 3, 'receipt_not_found', '1999999999'],
    ['unavailable', ['queue', 'info', '--url', 'http://127.0.0.1:1'], 5, 'queue_unreachable', 'http://127.0.0.1:1'],
  ];
  it.each(cases)('%s', async (_name, args, exitCode, code, words) => {
    const run = await cli(...args);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toContain(words);
    if (code !== '') expect(run.stderr).toContain(`(${code})`);
    expect(run.stderr).not.toMatch(/ {4}at |node_modules/);
    if (code === '') return;
    const asJson = await json(...args);
    expect(asJson).toMatchObject({ exitCode, answer: { code, detail: expect.any(String), hint: expect.any(String) } });
  });

  it('conflict: what cannot be', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    await cli('job', 'enqueue', `${id}`);
    expect(await cli('job', 'enqueue', `${id}`, '--force')).toMatchObject({ exitCode: 6, stdout: '' });
    expect(await cli('job', 'retry', `ocr-${id}`)).toMatchObject({ exitCode: 6, stdout: '' });
  });

  it('of some files names each, adds the others, and has the exit code of the first', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'pantry-cli-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const text = path.join(dir, 'note.txt');
    await writeFile(text, 'hello');
    const run = await cli('receipt', 'add', photo, text, '/no/such.jpg', photo, '--user-id', '35');
    expect(run.exitCode).toBe(2);
    expect(run.stdout.match(/^receipt \d+: /gm)).toHaveLength(2);
    expect(run.stderr).toContain(`${text}:\nError (unsupported_image)`);
    expect(run.stderr).toContain('/no/such.jpg:\nError (invalid_argument)');
    expect(run.stderr).toContain('2 of 4 files were added.');
    const lines = (await cli('receipt', 'add', text, photo, '--user-id', '35', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { file: text, code: 'unsupported_image' },
      { file: photo, receipt: { user_id: 35, purchase_date: null }, job: { status: 'queued' } },
    ]);
  });

  it('that every further file would meet too stops the command, and says what was not sent', async () => {
    const run = await cli('receipt', 'add', photo, photo, '--url', 'http://127.0.0.1:1');
    expect(run).toMatchObject({ exitCode: 5, stdout: '', stderr: expect.stringContaining(`Not sent: ${photo}`) });
  });

  it('of one file in a row leaves the others of the command alone', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'pantry-cli-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const text = path.join(dir, 'note.txt');
    await writeFile(text, 'hello');
    const run = await cli('receipt', 'add', text, '--user-id', '34');
    expect(run).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('(unsupported_image)') });
    expect((await json('receipt', 'list', '--user-id', '34')).answer).toMatchObject({ total: 0 });
  });
});

describe('the program', () => {
  it('shows its words and its version', async () => {
    const help = await cli('--help');
    expect(help.exitCode).toBe(0);
    for (const word of [
      'up',
      'demo',
      'mcp',
      'server',
      'worker',
      'agent',
      'migrate',
      'job',
      'queue',
      'batch',
      'receipt',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${word} `, 'm'));
    }
    expect(await cli('--version')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await cli()).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('says which setting is missing or wrong, and never what it holds', async () => {
    expect(await cli('migrate')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('DATABASE_URL is not set.'),
    });
    const wrong = await runCli(['server'], { DATABASE_URL: 'mysql://root:hunter2@db/x', PORT: '70000' });
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toContain('PORT must be from 0 to 65535.');
    expect(wrong.stderr).not.toContain('hunter2');
    const open = await runCli(['server'], { DATABASE_URL: 'postgresql://db/x', HOST: '0.0.0.0' });
    expect(open).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('HOST is 0.0.0.0') });
  });

  it('brings a database up to date', async () => {
    const { url } = http.current.database;
    expect(await runCli(['migrate'], { DATABASE_URL: url })).toMatchObject({
      exitCode: 0,
      stdout: 'The database is up to date.\n',
    });
  });
});

import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { sendJson } from '../support/http-agent.ts';
import { type RunningQueue, startQueue } from '../support/queue-of-receipts.ts';
import { replyFor } from '../support/replies.ts';

const root = path.resolve(import.meta.dirname, '../..');
const example = (name: string) => path.join(root, 'examples', name);
const photo = (name: string) => path.join(root, 'assets/receipts', name);
const TYPESCRIPT = ['--import', 'tsx'];
const hasPython = spawnSync('python3', ['--version']).status === 0;

let queue: RunningQueue;
/** Where a tour may leave files. */
const folder = mkdtempSync(path.join(tmpdir(), 'pantry-examples-'));
beforeAll(async () => {
  queue = await startQueue((request, response) => sendJson(response, 200, replyFor(request)));
}, 180_000);
afterAll(async () => {
  await queue?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(program: string, args: readonly string[], cwd = root): Promise<string[]> {
  const env = { ...process.env, PANTRY_QUEUE_URL: queue.url, DATABASE_URL: queue.databaseUrl };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}${stderr}`)) : resolve(stdout.trim().split('\n')),
    );
  });
}

describe('the examples, against a queue that runs', { timeout: 180_000 }, () => {
  it('[H5] quick-start.ts uploads a photo and prints what was read', async () => {
    const lines = await run(process.execPath, [
      ...TYPESCRIPT,
      example('quick-start.ts'),
      photo('dm_18052020_03_00355.jpg'),
    ]);
    expect(lines).toEqual([expect.stringMatching(/^receipt \d+, job ocr-\d+$/), 'finished Corner Shop 12.50 EUR']);
  });

  it('[H3] tour.sh goes through upload, wait, explanation, repetition, counts and an error', async () => {
    copyFileSync(photo('aldi_02032020_19_02423.jpg'), path.join(folder, 'photo.jpg'));
    const said = await run('sh', [example('tour.sh'), 'photo.jpg'], folder);
    const answers = said.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    const [added, waited, explained, receipt, again, counts, error] = answers;
    expect(added).toMatchObject({ job: { job_id: expect.stringMatching(/^ocr-/) } });
    expect(waited).toMatchObject({ status: 'finished' });
    expect(explained).toMatchObject({ job_id: waited.job_id });
    expect(receipt).toMatchObject({ merchant_name: 'Corner Shop', total_amount: '12.50' });
    expect(again).toMatchObject({ job_id: waited.job_id, deduplicated: true });
    expect(counts).toMatchObject({ name: 'pantry-pilot', finished_jobs: expect.any(Number) });
    expect(error).toMatchObject({ code: 'job_not_found', hint: expect.stringMatching(/./) });
  });

  it('[M1] agent-loop.ts queues a receipt over MCP and follows it to its end', async () => {
    const [receipt] = await addReceipts(queue.db, 1);
    const lines = await run(process.execPath, [...TYPESCRIPT, example('agent-loop.ts'), String(receipt)]);
    expect(lines[0]).toMatch(/^enqueue_ocr "(queued|started|finished)"$/);
    expect(lines.slice(0, -1).at(-1)).toMatch(/"finished"$/);
    expect(JSON.stringify(JSON.parse(lines.at(-1) ?? ''))).toContain('Corner Shop');
  });

  it('[Q22] enqueue-in-transaction.ts leaves nothing of what it rolled back, and a job of what it committed', async () => {
    const lines = await run(process.execPath, [...TYPESCRIPT, example('enqueue-in-transaction.ts')]);
    const [undone, done] = lines.map((line) => line.split(' '));
    expect([undone?.[0], done?.[0]]).toEqual(['rollback', 'commit']);
    const statusOf = async (job: string | undefined) => (await fetch(`${queue.url}/jobs/${job}`)).status;
    expect([await statusOf(undone?.[1]), await statusOf(done?.[1])]).toEqual([404, 200]);
  });
});

const AGENTS = [
  ['TypeScript', process.execPath, [...TYPESCRIPT, example('agent.ts')]],
  ['Python', 'python3', [example('agent.py')]],
] as const;

describe.each(AGENTS)('[O2] the agent in %s', { timeout: 240_000 }, (language, program, args) => {
  it.skipIf(language === 'Python' && !hasPython)('is healthy, and what it reads is saved', async () => {
    const agent = spawn(program, args, {
      cwd: root,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
    const port = /^listening on (\d+)$/.exec(String((await lines.next()).value))?.[1];
    const own = await startQueue((_, response) => sendJson(response, 500, {}), {
      AGENT_URL: `http://127.0.0.1:${port}`,
    });
    try {
      const [receipt = 0] = await addReceipts(own.db, 1);
      await fetch(`${own.url}/receipts/${receipt}/ocr`, { method: 'POST' });
      const job = await (await fetch(`${own.url}/jobs/ocr-${receipt}?wait_seconds=45`)).json();
      expect(job).toMatchObject({ status: 'finished', result: { merchant_name: 'Example Shop' } });
      expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toEqual({ status: 'ok' });
    } finally {
      await own.stop();
      agent.kill();
      if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit');
    }
  });
});

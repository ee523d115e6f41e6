import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createDb } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { sendJson, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';
import { startUp } from '../support/running-up.ts';
import { ALL } from '../support/sample.ts';
import { untilEnded } from '../support/witness.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const MANY = 5_000;
const STEP = 500;
/** Read from /proc, which only Linux has. */
const onLinux = process.platform === 'linux';

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}
const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

it.runIf(onLinux)(
  'a worker holds 100 calls of the agent in flight in at most 250 MB',
  async () => {
    const agent = await startHttpAgent(() => {});
    cleanups.push(() => agent.close());
    const queue = await createInstallation();
    cleanups.push(() => queue.dispose());
    const worker = await startWorkerProcess(queue, { name: 'full', agentUrl: agent.url, slots: 100 });
    cleanups.push(() => worker.kill());
    const ids = await addReceipts(queue.db, 100);
    await queue.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    await agent.untilCalls(100);
    expect(agent.log.every((entry) => entry.ended === undefined)).toBe(true);
    expect(residentMb(worker.pid)).toBeLessThanOrEqual(250);
  },
  120_000,
);

it.runIf(onLinux && ALL)(
  `${MANY} jobs leave memory and open files of worker and server where they were`,
  async () => {
    const agent = await startHttpAgent((request, response) => sendJson(response, 200, replyFor(request)));
    cleanups.push(() => agent.close());
    const dataDir = await mkdtemp(join(tmpdir(), 'pantry-memory-'));
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
    const up = await startUp(dataDir, { AGENT_URL: agent.url, AGENT_SLOTS: '20' });
    cleanups.push(() => up.stop());
    const { database_url, url } = await up.owner();
    const db = createDb({ url: database_url, applicationName: 'test-witness' });
    cleanups.push(() => db.close());
    const run = async (count: number) => {
      const ids = await addReceipts(db, count);
      await fetch(`${url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
      await untilEnded(db, ids, 900_000);
    };
    // Warm: caches, pools and compiled code are what they will be.
    await run(STEP);
    const pids = await Promise.all([up.pidOf('worker'), up.pidOf('server')]);
    const before = pids.map((pid) => ({ mb: residentMb(pid), files: openFiles(pid) }));
    const curve = [before.map(({ mb }) => Math.round(mb))];
    for (let done = 0; done < MANY; done += STEP) {
      await run(STEP);
      curve.push(pids.map((pid) => Math.round(residentMb(pid))));
    }
    const said = curve.map(([worker, server], step) => `${(step + 1) * STEP}: ${worker} + ${server}`).join(', ');
    process.stdout.write(`resident MB of worker + server after so many jobs: ${said}\n`);
    for (const [index, pid] of pids.entries()) {
      const was = before[index] ?? { mb: 0, files: 0 };
      expect(openFiles(pid) - was.files).toBeLessThanOrEqual(10);
      expect(residentMb(pid) - was.mb).toBeLessThanOrEqual(60);
    }
  },
  1_200_000,
);

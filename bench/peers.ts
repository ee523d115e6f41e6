/**
 * Other queues and this one, one after the other on this machine, in one table:
 *
 *     npm run bench:peers -- [--only rq,pantry] [--small] [--json] [--write]
 *
 * All use the PostgreSQL and the Temporal that this queue brings. `--write` puts the table into docs/comparison.md.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { artifacts, ensureArtifact } from '#artifacts';
import { ensureDependencies } from '../scripts/setup/dependencies.mjs';
import { orUsage } from './or-usage.ts';
import { startAgent } from './peers/agent.ts';
import { compare } from './peers/compare.ts';
import { type Peer, peersWith, SIZES } from './peers/peers.ts';
import { unpackRq } from './peers/python.ts';
import { startRedis } from './peers/redis.ts';
import { type Figures, pageWith, rowsFor, tableOf } from './peers/table.ts';
import { startServers } from './queue/servers.ts';

const PROGRAMS = fileURLToPath(new URL('./peers/programs', import.meta.url));
const PAGE = new URL('../docs/comparison.md', import.meta.url);
/** graphile-worker and pg-boss want it. */
const NODE_WANTED = [22, 18] as const;
/** The longest of them, many times over. */
const LIMIT_MS = 20 * 60_000;

const ALL = peersWith(artifacts.rq.version);
const USAGE = `npm run bench:peers -- [--only ${ALL.map(({ name }) => name).join(',')}] [--small] [--json] [--write]

Measures queues beside each other, in one run; --write puts the table into docs/comparison.md.`;

const { values: options } = orUsage(USAGE, () =>
  parseArgs({
    options: {
      only: { type: 'string' },
      small: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }),
);
if (options.help) {
  console.log(USAGE);
  process.exit();
}
const names = orUsage(USAGE, () => asked(options.only));
const sizes = SIZES[options.small ? 'small' : 'full'];
const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);

/** @throws RangeError when there is no such queue */
function asked(only: string | undefined): readonly string[] {
  const names = only?.split(',') ?? ALL.map(({ name }) => name);
  const unknown = names.find((name) => !ALL.some((peer) => peer.name === name));
  if (unknown === undefined) return names;
  throw new RangeError(`--only has "${unknown}"; there are ${ALL.map(({ name }) => name).join(', ')}.`);
}

async function nodeForPeers(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1]);
  return isNew ? process.execPath : await ensureArtifact('node-24', { log: say });
}

const packages = await ensureDependencies(PROGRAMS, { log: say, holdLock: () => {} }).then(
  () => ({}),
  (error: Error) => ({ packages: error.message }),
);
const node = await nodeForPeers();
const dir = mkdtempSync(path.join(tmpdir(), 'pantry-peers-'));
process.env.PEERS_DIR = dir;
const [redis, python, agent] = await Promise.all([startRedis(), unpackRq(say), startAgent()]);
say('Starting PostgreSQL and Temporal …');
const servers = await startServers();

/** Address of this queue, which is started only now: the others have the machine to themselves. */
let own: Promise<string> | undefined;

async function startOwn(): Promise<string> {
  const queue = { queueName: 'peers', workflowIdPrefix: '' };
  const url = await servers.startHttpServer(queue);
  await servers.startWorker(queue, { url: agent.url, slots: sizes.slots });
  return url;
}

async function environmentOf({ name }: Peer, peersDatabase: string): Promise<NodeJS.ProcessEnv> {
  const shared = {
    ...process.env,
    PEERS_DATABASE_URL: peersDatabase,
    PEERS_TEMPORAL_ADDRESS: servers.engine.address,
    PEERS_REDIS_PORT: 'port' in redis ? String(redis.port) : '',
    PEERS_PYTHON_PATH: 'modules' in python ? python.modules : '',
  };
  if (!name.startsWith('pantry')) return shared;
  own ??= startOwn();
  return {
    ...shared,
    PEERS_OWN_URL: await own,
    PEERS_OWN_DATABASE_URL: servers.databaseUrl,
    PEERS_OWN_WORKER_PID: String(servers.pidOf('worker')),
  };
}

async function measure(peer: Peer, peersDatabase: string): Promise<Figures> {
  const env = await environmentOf(peer, peersDatabase);
  const args = [path.join(PROGRAMS, 'measure.mjs'), peer.name, JSON.stringify(sizes)];
  const { stdout } = await promisify(execFile)(node, args, { env, timeout: LIMIT_MS }).catch((error) => {
    const lines = String(error.stderr ?? error)
      .trim()
      .split('\n');
    throw new Error(lines.find((line) => /^\w*Error/.test(line)) ?? lines.at(-1));
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

try {
  const peersDatabase = await servers.createDatabase('peers');
  const missing = {
    ...packages,
    ...('missing' in redis ? { redis: redis.missing } : {}),
    ...('missing' in python ? { python: python.missing } : {}),
  };
  const chosen = ALL.filter(({ name }) => names.includes(name));
  const outcomes = await compare(chosen, { missing, say, measure: (peer) => measure(peer, peersDatabase) });
  const version = (await promisify(execFile)(node, ['--version'])).stdout.trim();
  const table = `${tableOf(rowsFor(sizes), outcomes)}\n\n${availableParallelism()} processors, Node ${version.slice(1)}.`;
  process.stdout.write(options.json ? `${JSON.stringify(outcomes)}\n` : `${table}\n`);
  if (options.write) writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), `\n${table}\n`));
  if (outcomes.some((outcome) => 'leftOut' in outcome)) process.exitCode = 1;
} finally {
  await servers.stop();
  if ('port' in redis) await redis.stop();
  if ('modules' in python) python.remove();
  agent.stop();
  rmSync(dir, { recursive: true, force: true });
}
process.exit(process.exitCode ?? 0);

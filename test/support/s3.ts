import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3mini } from 's3mini';
import { ensureArtifact } from '#artifacts';
import { createS3Fetch } from '../../src/blobs/s3-fetch.ts';
import { freePorts } from './ports.ts';

/** Where a test reaches an S3 server. */
export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface TestS3 extends S3Access {
  readonly pid: number;
  /** What it keeps stays in its folder, where another can be started on it. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const KEYS = { region: 'us-east-1', accessKeyId: 'test-access', secretAccessKey: 'test-secret-0123456789' };

/** What `weed mini` listens on; each also has a port of gRPC. */
const PARTS = ['s3', 'master', 'volume', 'filer', 'admin'] as const;

const LOOK_EVERY_MS = 50;
const LOOKS = 1_200;

/**
 * A real S3 server: SeaweedFS, all its parts in one process.
 * @param options `dir`: of what it keeps (a new folder without); `ports`: to come back under the same address
 */
export async function startS3(options: { dir?: string; ports?: readonly number[] } = {}): Promise<TestS3> {
  const program = await ensureArtifact('seaweedfs');
  const dir = options.dir ?? (await mkdtemp(path.join(tmpdir(), 'pantry-test-s3-')));
  const data = path.join(dir, 'data');
  const config = path.join(dir, 's3.json');
  await mkdir(data, { recursive: true });
  const credentials = [{ accessKey: KEYS.accessKeyId, secretKey: KEYS.secretAccessKey }];
  const actions = ['Admin', 'Read', 'Write', 'List'];
  await writeFile(config, JSON.stringify({ identities: [{ name: 'test', credentials, actions }] }));
  const ports = options.ports ?? (await freePorts(2 * PARTS.length));
  const flags = [
    ...['mini', `-dir=${data}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-s3.config=${config}`],
    ...PARTS.flatMap((part, n) => [`-${part}.port=${ports[2 * n]}`, `-${part}.port.grpc=${ports[2 * n + 1]}`]),
    ...['-s3.port.iceberg=0', '-s3.port.lance=0', '-s3.autoCreateBucket=false'],
    ...['-admin.ui=false', '-webdav=false', '-master.telemetry=false', '-volume.preStopSeconds=0'],
    `-filer.localSocket=${path.join(dir, 'filer.sock')}`,
    `-s3.localSocket=${path.join(dir, 's3.sock')}`,
  ];
  const child = spawn(program, flags, { stdio: 'ignore' });
  const endAtOnce = () => child.kill('SIGKILL');
  process.once('exit', endAtOnce);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${ports[0]}`;
  for (let looks = 0; !(await isHealthy(endpoint)); looks++) {
    if (child.exitCode !== null) throw new Error(`SeaweedFS ended with ${child.exitCode} before it answered`);
    if (looks === LOOKS) throw new Error('SeaweedFS does not answer');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  async function kill(signal: NodeJS.Signals): Promise<void> {
    process.off('exit', endAtOnce);
    child.kill(signal);
    await gone;
    // It leaves them in this folder whichever it is given.
    const sockets = PARTS.map((part, n) => `/tmp/seaweedfs-${part}-grpc-${ports[2 * n + 1]}.sock`);
    await Promise.all(sockets.map((socket) => rm(socket, { force: true })));
  }
  return {
    endpoint,
    ...KEYS,
    pid: child.pid ?? 0,
    kill,
    async stop() {
      await kill('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A bucket as its operator sees it: nothing of the product but how requests are sent. */
function bucketOf(access: S3Access, bucket: string): S3mini {
  const { endpoint, region, accessKeyId, secretAccessKey } = access;
  return new S3mini({
    region,
    accessKeyId,
    secretAccessKey,
    endpoint: `${endpoint}/${bucket}`,
    fetch: createS3Fetch(),
  });
}

/** Makes a bucket: the product makes none. */
export async function createBucket(access: S3Access, bucket: string): Promise<S3mini> {
  const made = bucketOf(access, bucket);
  if (!(await made.createBucket())) throw new Error(`The bucket ${bucket} was not made.`);
  return made;
}

async function isHealthy(endpoint: string): Promise<boolean> {
  const answer = await fetch(`${endpoint}/healthz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureArtifact } from '#artifacts';

/** A running OCR service with a folder of images of its own. */
export interface TestService {
  readonly url: string;
  readonly child: ChildProcess;
  readonly imageDir: string;
  /** Puts an image under minio://receipts/<key>. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  extract(key: string, more?: object): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  post(body: unknown): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  lanePids(): Promise<number[]>;
  stop(): Promise<void>;
}

/** Starts the built service as a child process, as the product does, and waits until it says it is ready. */
export async function startService(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const imageDir = await mkdtemp(path.join(tmpdir(), 'ocr-images-'));
  await mkdir(path.join(imageDir, 'receipts'));
  const modelsDir = await ensureArtifact('ocr-models');
  const child = fork(
    'dist/src/ocr/main.js',
    ['--port', '0', '--image-dir', imageDir, '--models-dir', modelsDir, ...flags],
    {
      execArgv: [],
      env: { ...process.env, LOG_LEVEL: 'error', ...env },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    let listening = 0;
    child.on('message', (message: { event: string; port?: number }) => {
      if (message.event === 'listening') listening = message.port ?? 0;
      if (message.event === 'ready') resolve(listening);
    });
    child.once('exit', (code) => reject(new Error(`The service ended with ${code} before it was ready.`)));
  });
  const url = `http://127.0.0.1:${port}`;

  async function post(body: unknown): ReturnType<TestService['post']> {
    const response = await fetch(`${url}/extract`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body: json, headers: response.headers };
  }

  return {
    url,
    child,
    imageDir,
    post,
    put: (key, bytes) => writeFile(path.join(imageDir, 'receipts', key), bytes),
    extract: (key, more = {}) => post({ receipt_id: 17, image_path: `minio://receipts/${key}`, user_id: 1, ...more }),
    async lanePids() {
      const state = (await (await fetch(`${url}/readyz`)).json()) as { lanePids?: number[] };
      return state.lanePids ?? [];
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(imageDir, { recursive: true, force: true });
    },
  };
}

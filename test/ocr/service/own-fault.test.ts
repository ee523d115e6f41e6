import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureArtifact } from '#artifacts';

/** What a library may do where nobody waits for it, at the first message that a process gets. */
const FAULTS: Readonly<Record<string, string>> = {
  'an exception in a listener': `throw new Error('words of a library')`,
  'a promise that nobody waits for': `void Promise.reject(new Error('words of a library'))`,
};

/** The built service with a picture, one of whose processes meets the fault at its first message; `said`: its log, once it has ended. */
async function start(part: 'main.js' | 'lane.js', fault: string) {
  const imageDir = await mkdtemp(path.join(tmpdir(), 'ocr-images-'));
  onTestFinished(() => rm(imageDir, { recursive: true, force: true }));
  await mkdir(path.join(imageDir, 'receipts'));
  await copyFile('assets/receipts/real_23032020_06_01662.jpg', path.join(imageDir, 'receipts', '1.jpg'));
  const code = `if (process.argv[1].endsWith('${part}')) process.on('message', () => { ${fault} })`;
  const child = fork(
    'dist/src/ocr/main.js',
    ['--port', '0', '--image-dir', imageDir, '--models-dir', await ensureArtifact('ocr-models')],
    {
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(code)}`],
      env: { ...process.env, LOG_LEVEL: 'error' },
      silent: true,
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = new Promise<number>((resolve) => {
    let listening = 0;
    child.on('message', ({ event, port = 0 }: { event: string; port?: number }) => {
      if (event === 'listening') listening = port;
      if (event === 'ready') resolve(listening);
    });
  });
  const log = child.stderr ? text(child.stderr) : Promise.resolve('');
  const said = async () =>
    (await log)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { child, port, said };
}

describe.each(Object.entries(FAULTS))('[I8] %s', (_fault, fault) => {
  it('ends the service with 1, and its log says it as JSON', async () => {
    const { child, port, said } = await start('main.js', fault);
    await port;
    child.send({});
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await said()).toEqual([expect.objectContaining({ event: 'ocr.failed', reason: 'words of a library' })]);
  });

  it('ends a lane, which is replaced, and the log of the service says it as JSON', async () => {
    const { child, port, said } = await start('lane.js', fault);
    const response = await fetch(`http://127.0.0.1:${await port}/extract`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ receipt_id: 1, image_path: 'minio://receipts/1.jpg', user_id: 1 }),
    });
    expect(await response.json()).toMatchObject({ code: 'lane_lost' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await said()).toEqual([
      expect.objectContaining({ event: 'ocr.lane_failed', reason: expect.stringContaining('words of a library') }),
    ]);
  });
});

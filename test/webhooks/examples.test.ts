import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newSecret, signed } from '../../src/webhooks/signing.ts';

const example = (file: string) => path.join(import.meta.dirname, '../../examples', file);
const PROGRAMS = [
  ['TypeScript', process.execPath, ['--import', 'tsx', example('webhook-receiver.ts')]],
  ['Python', 'python3', [example('webhook_receiver.py')]],
] as const;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const secret = newSecret();

/** A message about a receipt, signed now. */
function messageOf(id: string, sequence: number, by = secret) {
  const data = { id, type: 'finished', job_id: `ocr-${sequence}`, receipt_id: 17, sequence };
  const body = JSON.stringify({ type: 'job.finished', timestamp: new Date().toISOString(), data });
  return { body, headers: signed({ id, at: new Date(), body }, [by]) };
}

describe.each(PROGRAMS)('[Q13] the example in %s', (language, command, args) => {
  it.skipIf(language === 'Python' && !hasPython)(
    'takes what the queue signs, each message once and in order, and refuses the rest',
    async () => {
      const child = spawn(command, args, { env: { ...process.env, WEBHOOK_SECRET: secret, PORT: '0' } });
      onTestFinished(async () => {
        if (child.exitCode !== null || !child.kill()) return;
        await once(child, 'exit');
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const next = async () => String((await lines.next()).value);
      const port = /^listening on (\d+)$/.exec(await next())?.[1];
      const post = async ({ body, headers }: { body: string; headers: object }) => {
        const init = { method: 'POST', body, headers: headers as Record<string, string> };
        return (await fetch(`http://127.0.0.1:${port}/hooks`, init)).status;
      };
      const first = messageOf('evt-1', 5);
      expect(await post(first)).toBe(204);
      expect(await next()).toBe('job.finished ocr-5');
      for (const forged of [
        messageOf('evt-2', 6, newSecret()),
        { ...first, body: first.body.replace('17', '18') },
        { ...first, headers: { ...first.headers, 'webhook-id': 'evt-3' } },
        { body: first.body, headers: {} },
      ]) {
        expect(await post(forged)).toBe(401);
      }
      // Neither the repetition nor the one that is older says anything.
      for (const again of [first, messageOf('evt-4', 4), messageOf('evt-5', 7)]) expect(await post(again)).toBe(204);
      expect(await next()).toBe('job.finished ocr-7');
    },
  );
});

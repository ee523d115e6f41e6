import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

const PHOTO = 'assets/receipts/real_23032020_06_01662.jpg';
let service: TestService;

/** One service for all, until a test ends it. */
beforeEach(async () => {
  if (service?.child.exitCode === null) return;
  await service?.stop();
  // The grace of a stop is longer than a reading takes on the busiest machine.
  service = await startService(['--queue-limit', '1', '--stop-grace-ms', '60000']);
  await service.put('a.jpg', await readFile(PHOTO));
});

afterAll(() => service.stop());

/** Waits until the metrics say a reading is under way. */
async function untilRunning(): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    if (/^ocr_running 1$/m.test(text)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('lanes', () => {
  it('refuses with 429 and Retry-After when lane and queue are full, and serves the rest', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => service.extract('a.jpg')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.code).toBe('busy');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('answers for a lane that was killed, replaces it and reads the next image', async () => {
    const [pid] = await service.lanePids();
    const lost = service.extract('a.jpg');
    await untilRunning();
    process.kill(pid ?? 0, 'SIGKILL');
    expect((await lost).body.code).toBe('lane_lost');
    expect((await service.extract('a.jpg')).status).toBe(200);
    expect(await service.lanePids()).not.toContain(pid);
  });

  it('finishes what runs on SIGTERM, exits with 0 and leaves no lane behind', async () => {
    const [pid] = await service.lanePids();
    const running = service.extract('a.jpg');
    await untilRunning();
    const exit = once(service.child, 'exit');
    service.child.kill('SIGTERM');
    expect((await running).status).toBe(200);
    expect(await exit).toEqual([0, null]);
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
  });

  it('stops when the process that started it goes away', async () => {
    const exit = once(service.child, 'exit');
    service.child.disconnect();
    expect((await exit)[0]).toBe(0);
  });
});

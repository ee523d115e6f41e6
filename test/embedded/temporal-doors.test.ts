import { request } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OwnerRecord } from '../../src/embedded/owner-file.ts';
import { hiddenHost } from '../../src/embedded/temporal-ui.ts';
import { type Listener as Door, listenersOf } from './support/listeners.ts';
import { cleanUp, newDataDir, pidOf, type RunningUp, ready, startUp } from './support/running-up.ts';

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @returns status and body; a door that speaks no HTTP/1 gives none */
function ask(door: Door, { method, path, headers }: Asked): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const asked = request({ ...door, method, path, headers, timeout: 5_000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      answer.on('error', () => resolve(undefined));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end(method === 'POST' ? '{}' : undefined);
  });
}

const WORKFLOW = 'ocr-4711';
const API = '/api/v1/namespaces/default/workflows';
/** What a page in the owner's browser can send without being asked for permission first. */
const PATHS: readonly Pick<Asked, 'method' | 'path'>[] = [
  { method: 'GET', path: API },
  { method: 'GET', path: `${API}/${WORKFLOW}` },
  { method: 'POST', path: `${API}/${WORKFLOW}/cancel` },
  { method: 'POST', path: `${API}/${WORKFLOW}/terminate` },
  { method: 'POST', path: `${API}/${WORKFLOW}/signal/x` },
];
const PAGES: readonly { page: string; headers: (door: Door) => Record<string, string> }[] = [
  { page: 'under a name of its own', headers: (door) => ({ host: `pages.example:${door.port}` }) },
  {
    page: 'of another site',
    headers: (door) => ({
      host: `127.0.0.1:${door.port}`,
      origin: 'https://pages.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'content-type': 'text/plain',
    }),
  },
];

describe.skipIf(process.platform !== 'linux')('Temporal beside a web page in the browser of its owner', () => {
  let dataDir = '';
  let up: RunningUp;
  let owner: OwnerRecord;
  let doors: Door[];
  let client: Client;
  beforeAll(async () => {
    dataDir = newDataDir();
    up = startUp(dataDir);
    owner = await ready(up, dataDir);
    client = new Client({ connection: await Connection.connect({ address: owner.temporal.address }) });
    await client.workflow.start('ocrReceipt', { workflowId: WORKFLOW, taskQueue: 'nobody', args: [] });
    doors = [
      ...listenersOf(pidOf(owner, 'temporal')),
      { host: '127.0.0.1', port: Number(new URL(owner.temporal.ui).port) },
    ];
    // The UI looks for Temporal again only a second after it found none: what tells its owner nothing, tells no page either.
    await vi.waitFor(async () => expect(await listedByOwner()).toContain(WORKFLOW), { timeout: 30_000 });
  });
  afterAll(async () => {
    await client?.connection.close();
    await cleanUp(dataDir);
  });

  async function listedByOwner(): Promise<string> {
    const { origin } = new URL(owner.temporal.ui);
    return (await fetch(`${origin}${API}`, { headers: { origin, 'sec-fetch-site': 'same-origin' } })).text();
  }

  /** The UI itself is not guarded: what keeps pages away is that they do not know its address. */
  const isHidden = ({ host }: Door) => host !== '127.0.0.1';

  it('[S1] opens no port that tells a page of a workflow, or lets it end one', async () => {
    expect(doors.length).toBeGreaterThan(3);
    const told: string[] = [];
    for (const door of doors.filter((each) => !isHidden(each))) {
      for (const { page, headers } of PAGES) {
        for (const { method, path } of PATHS) {
          const answer = await ask(door, { method, path, headers: headers(door) });
          const isTold =
            answer !== undefined && (answer.body.includes(WORKFLOW) || (method === 'POST' && answer.status < 400));
          if (isTold) told.push(`a page ${page}: ${method} ${path} → ${answer.status} ${answer.body.slice(0, 80)}`);
        }
      }
    }
    expect(told).toEqual([]);
    const { status } = await client.workflow.getHandle(WORKFLOW).describe();
    expect(status.name).toBe('RUNNING');
  });

  it('shows the UI to the owner, who may act there', async () => {
    const page = await fetch(owner.temporal.ui);
    expect(page).toMatchObject({ status: 200 });
    expect(await page.text()).toContain('<html');
    expect(await listedByOwner()).toContain(WORKFLOW);
  });

  it('keeps the UI itself at an address that no page can guess', () => {
    const ui = doors.filter(isHidden);
    expect(ui).toHaveLength(1);
    expect(ui[0]?.host).toMatch(/^127\.\d+\.\d+\.\d+$/);
    expect(new Set(Array.from({ length: 50 }, hiddenHost)).size).toBeGreaterThan(45);
  });
});

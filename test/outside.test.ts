import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFolderBlobs } from '../src/blobs/folder.ts';
import { fetchImage } from '../src/ocr/service/fetched-image.ts';
import { extractRequest } from '../src/ocr/service/request.ts';
import { readStoredImage } from '../src/ocr/service/stored-image.ts';
import type { Blobs } from '../src/ports.ts';
import { createEndpointRules, type Resolved } from '../src/webhooks/endpoint-rules.ts';
import { createSend } from '../src/webhooks/send.ts';
import { signed } from '../src/webhooks/signing.ts';
import { INSIDE, NO_ENDPOINT, NO_IMAGE } from './support/hostile-places.ts';
import { type Outside, watchOutside } from './support/outside.ts';

/** What nobody may reach: a listener that counts, and a file that may not be read. */
const canary = net.createServer((socket) => {
  reached++;
  socket.destroy();
});
let reached = 0;
let canaryPort = 0;
/** The one origin that the agent may fetch from; it redirects every request to the canary. */
let store: Server;
let storeOrigin = '';

let folder = '';
let imageDir = '';
let secret = '';
let blobs: Blobs;
let outside: Outside;

const listening = async (server: net.Server | Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

beforeAll(async () => {
  canaryPort = await listening(canary);
  store = createServer((request, response) => {
    const location = `http://127.0.0.1:${canaryPort}${request.url}`;
    response.writeHead(Number(/\/(\d{3})/.exec(request.url ?? '')?.[1] ?? 302), { location }).end();
  });
  storeOrigin = `http://127.0.0.1:${await listening(store)}`;
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'pantry-outside-')));
  imageDir = path.join(folder, 'images');
  await mkdir(path.join(imageDir, 'receipts'), { recursive: true });
  secret = path.join(folder, 'secret.jpg');
  await writeFile(secret, 'secret');
  await writeFile(path.join(imageDir, 'receipts', 'mine.jpg'), 'mine');
  blobs = await createFolderBlobs({ dir: imageDir, bucket: 'receipts' });
  outside = watchOutside();
});
beforeEach(() => outside.clear());
afterAll(async () => {
  outside.restore();
  canary.close();
  store.closeAllConnections();
  store.close();
  await rm(folder, { recursive: true, force: true });
});

const isInside = (file: string) => file.startsWith(`${imageDir}${path.sep}`) || file === imageDir;
/** What was begun or opened that is not ours to. */
const seen = () => ({
  connects: [...outside.connects],
  opens: outside.opens.filter((file) => !isInside(file)),
  reached,
});
const NOTHING = { connects: [], opens: [], reached: 0 };

const outcome = (work: Promise<unknown>) =>
  work.then(
    (value) => (value === undefined || value === false ? 'none' : 'read'),
    () => 'refused',
  );

const message = { id: 'm1', at: new Date(), body: '{}' };
const outgoing = (url: string) => ({ url, body: message.body, headers: signed(message, ['whsec_c2VjcmV0']) });
const PUBLIC: Resolved = { address: '93.184.215.14', family: 4 };
const own = { host: '127.0.0.1', port: 1, names: [] };

describe('[S5] [Q13] a webhook', () => {
  it.each([...INSIDE, ...NO_ENDPOINT])('[S5] to %j begins no connection', async (url) => {
    const rules = createEndpointRules({ allowPrivate: false, own, resolve: async () => [PUBLIC] });
    expect(await rules.refusalOf(url)).toBeDefined();
    expect(await createSend(rules)(outgoing(url))).toMatchObject({ error: 'address_refused' });
    expect(seen()).toEqual(NOTHING);
  });

  const places = INSIDE.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')).filter(
    (host) => net.isIP(host) !== 0,
  );
  it.each([...new Set(places)])('[S5] to a name that comes to mean %s begins no connection', async (address) => {
    let asked = 0;
    const inside: Resolved = { address, family: net.isIP(address) };
    const resolve = async () => (asked++ === 0 ? [PUBLIC] : [inside]);
    const rules = createEndpointRules({ allowPrivate: false, own, resolve });
    expect(await rules.refusalOf('https://hooks.example/')).toBeUndefined();
    expect(await createSend(rules)(outgoing('https://hooks.example/'))).toMatchObject({ error: 'address_refused' });
    expect(seen()).toEqual(NOTHING);
  });
});

/** Our canary as an attacker would write it, and an allowed origin that only looks like one. */
const notations = () => [
  `http://127.0.0.1:${canaryPort}/x`,
  `http://localhost:${canaryPort}/x`,
  `http://0x7f000001:${canaryPort}/x`,
  `http://2130706433:${canaryPort}/x`,
  `http://0177.0.0.1:${canaryPort}/x`,
  `http://127.1:${canaryPort}/x`,
  `http://[::ffff:127.0.0.1]:${canaryPort}/x`,
  `${storeOrigin}@127.0.0.1:${canaryPort}/x`,
  `http://user@${storeOrigin.slice(7)}/x`,
  `http://user:password@${storeOrigin.slice(7)}/x`,
  `${storeOrigin}.evil.example/x`,
  `${storeOrigin}0/x`,
  `${storeOrigin.replace('http', 'https')}/x`,
  `file://${secret}`,
  `data:image/png;base64,AAAA`,
];

describe('[S5] the agent, told an image_url', () => {
  it.each([...INSIDE, ...NO_ENDPOINT])('[S5] %j begins no connection', async (url) => {
    expect(await outcome(fetchImage(url, [storeOrigin]).then(() => true))).toBe('refused');
    expect(seen()).toEqual(NOTHING);
  });

  it('[S5] of a listener of ours in any notation begins no connection', async () => {
    for (const url of notations()) {
      expect([url, await outcome(fetchImage(url, [storeOrigin]).then(() => true))]).toEqual([url, 'refused']);
      expect([url, seen()]).toEqual([url, NOTHING]);
    }
  });

  it.each([301, 302, 303, 307, 308])('[S5] follows no redirect %i of the store', async (status) => {
    expect(await outcome(fetchImage(`${storeOrigin}/${status}`, [storeOrigin]).then(() => true))).toBe('refused');
    // The HTTP library opens files of its own at its first call.
    expect([seen().connects, reached]).toEqual([[new URL(storeOrigin).host], 0]);
  });
});

const LINKS = ['to-file.jpg', 'to-folder/secret.jpg', 'to-root/etc/hostname', 'twice.jpg', 'loop.jpg', 'to-device.jpg'];

describe('[S5] a stored path', () => {
  beforeAll(async () => {
    const at = (name: string) => path.join(imageDir, 'receipts', name);
    await symlink(secret, at('to-file.jpg'));
    await symlink(folder, at('to-folder'));
    await symlink('/', at('to-root'));
    await symlink(at('to-file.jpg'), at('twice.jpg'));
    await symlink(at('loop.jpg'), at('loop.jpg'));
    await symlink('/dev/zero', at('to-device.jpg'));
  });

  it.each([...NO_IMAGE, ...LINKS.map((name) => `minio://receipts/${name}`)])(
    '[S5] %j opens nothing outside, for the server and for the agent',
    async (image) => {
      expect(await outcome(Promise.resolve(blobs.exists(image)))).not.toBe('read');
      expect(await outcome(Promise.resolve(blobs.read(image)))).not.toBe('read');
      const asked = extractRequest.safeParse({ receipt_id: 1, image_path: image, user_id: 1 });
      if (asked.success) expect(await outcome(readStoredImage(imageDir, image))).toBe('refused');
      expect(seen()).toEqual(NOTHING);
    },
  );

  it('[S5] of an image of ours is read, so that the hooks above see what is opened', async () => {
    expect(await outcome(Promise.resolve(blobs.read('minio://receipts/mine.jpg')))).toBe('read');
    expect(Buffer.from(await readStoredImage(imageDir, 'minio://receipts/mine.jpg')).toString()).toBe('mine');
    await readFile(secret);
    expect(outside.opens).toEqual(expect.arrayContaining([path.join(imageDir, 'receipts', 'mine.jpg'), secret]));
  });
});

import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { createHttpApp, type HttpDeps } from '../../../src/http/app.ts';
import { createOpenPrincipal } from '../../../src/http/principal.ts';

const never = () => Promise.reject(new Error('not called'));

/** The whole app over a queue of one's own, without a socket, a store or a log. */
export function appOver(queue: QueueApi, changes: Partial<HttpDeps> = {}): ReturnType<typeof createHttpApp> {
  return createHttpApp({
    queue,
    streams: { events: never },
    blobs: { read: never },
    cropper: { crop: never },
    log: { info() {}, warn() {}, error() {} },
    principalOf: createOpenPrincipal(),
    spoolDir: '/nowhere',
    passImage: (bytes) => bytes,
    openUpload: () => Promise.reject(new Error('nothing is uploaded in this test')),
    ready: async () => ({ ok: true, parts: {} }),
    version: '0.0.0',
    ...changes,
  });
}

/** The page of addresses does not list itself. */
const PAGES = ['/', '/docs', '/openapi.json'];

/** Every route as its page lists it: `{field}` stands for a part of the path. */
export async function servedRoutes(): Promise<[method: string, path: string][]> {
  const page = await (await appOver({} as QueueApi).request('http://localhost/')).text();
  const rows = [...page.matchAll(/<td>(\w+)<\/td><td><code>([^<]+)/g)];
  return [
    ...rows.map(([, method = '', path = '']): [string, string] => [method, path]),
    ...PAGES.map((path): [string, string] => ['GET', path]),
  ];
}

import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { createHttpApp, type HttpDeps, routesOf } from '../../../src/http/app.ts';
import { createOpenPrincipal } from '../../../src/http/principal.ts';

const never = () => Promise.reject(new Error('not called'));

function depsOver(queue: QueueApi, changes: Partial<HttpDeps>): HttpDeps {
  return {
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
  };
}

/** The whole app over a queue of one's own, without a socket, a store or a log. */
export function appOver(queue: QueueApi, changes: Partial<HttpDeps> = {}): ReturnType<typeof createHttpApp> {
  return createHttpApp(depsOver(queue, changes));
}

/** Every route but /mcp; `{field}` stands for a part of the path. */
export async function servedRoutes(): Promise<[method: string, path: string][]> {
  return routesOf(depsOver({} as QueueApi, {})).map(({ method, path }) => [method, path]);
}

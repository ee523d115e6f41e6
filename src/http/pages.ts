import { AppError } from '../contract/errors.ts';
import { chooseEncoding, type DashboardFile, type DashboardFiles } from './dashboard-files.ts';
import { openApiDocument } from './openapi/document.ts';
import { jsonResponse } from './problem.ts';
import type { Call, Route } from './route.ts';

/** Nothing but our own files runs or is shown; text that is taken for markup is refused by the browser itself. */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Where the dashboard’s own addresses lie: the API has all others, without a prefix. */
const PAGES: readonly (readonly [path: string, summary: string])[] = [
  ['/', 'The dashboard.'],
  ['/docs', 'The dashboard: every operation, and how to call it.'],
  ['/ui/{page}', 'A page of the dashboard.'],
  ['/ui/{page}/{id}', 'A page of the dashboard about one thing.'],
];

const YEAR_S = 31_536_000;

/** What a person sees who opens the address in a browser, and the description of the operations. */
export function pageRoutes(dashboard: DashboardFiles | undefined, version: string): Route[] {
  let document: ReturnType<typeof openApiDocument> | undefined;
  const page = async (call: Call) => {
    if (!dashboard) throw notBuilt();
    return fileResponse(dashboard.index, call, { 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-store' });
  };
  return [
    // They hold no data: what they show they ask for, with the key of the one who looks.
    ...PAGES.map(
      ([path, summary]): Route => ({ method: 'GET', path, does: undefined, isOpen: true, summary, handle: page }),
    ),
    {
      method: 'GET',
      path: '/assets/{file}',
      does: undefined,
      isOpen: true,
      summary: 'A file of the dashboard.',
      async handle(call) {
        const file = dashboard?.assets.get(call.req.param('file') ?? '');
        if (!file) throw new AppError('not_found', 'The dashboard has no such file.', { hint: 'Reload the page.' });
        return assetResponse(file, call);
      },
    },
    {
      method: 'GET',
      path: '/openapi.json',
      does: undefined,
      summary: 'The operations as OpenAPI 3.1.',
      async handle() {
        document ??= openApiDocument(version);
        return jsonResponse(document);
      },
    },
  ];
}

function notBuilt(): AppError {
  return new AppError('not_found', 'The dashboard is not built here.', {
    hint: 'Run node scripts/build.mjs and restart the server. The API answers as always: /openapi.json describes it.',
  });
}

function assetResponse(file: DashboardFile, call: Call): Response {
  const caching = file.isHashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache';
  const headers = { 'cache-control': caching, etag: file.etag };
  if (call.req.header('if-none-match') === file.etag) return new Response(null, { status: 304, headers });
  return fileResponse(file, call, headers);
}

function fileResponse(file: DashboardFile, call: Call, more: Readonly<Record<string, string>>): Response {
  const { encoding, bytes } = chooseEncoding(file, call.req.header('accept-encoding'));
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': file.contentType,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      vary: 'accept-encoding',
      ...more,
    },
  });
}

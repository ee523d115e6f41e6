import { openApiDocument } from './openapi/document.ts';
import { jsonResponse } from './problem.ts';
import type { Route } from './route.ts';

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'",
  'cache-control': 'no-store',
} as const;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td{padding:.3rem 1rem .3rem 0;vertical-align:top}code{white-space:nowrap}
@media (prefers-color-scheme:dark){body{background:#161616;color:#ddd}a{color:#8bf}}`;

/** What a person sees who opens the address in a browser: where everything is. */
export function pageRoutes(routes: readonly Route[], version: string): Route[] {
  let document: ReturnType<typeof openApiDocument> | undefined;
  const page = async () => new Response(listOf(routes), { headers: PAGE_HEADERS });
  return [
    { method: 'GET', path: '/', does: undefined, summary: 'This list.', handle: page },
    { method: 'GET', path: '/docs', does: undefined, summary: 'This list.', handle: page },
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

function listOf(routes: readonly Route[]): string {
  const rows = routes.map(
    ({ method, path, summary }) =>
      `<tr><td>${method}</td><td><code>${escaped(path)}</code></td><td>${escaped(summary)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>pantry-queue</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>pantry-queue</h1><p>A durable queue for receipt OCR. Counts: <a href="/queue">/queue</a>. Parts:
<a href="/readyz">/readyz</a>. Schemas: <a href="/openapi.json">/openapi.json</a>. MCP over HTTP: <code>/mcp</code>.</p>
<table>${rows.join('\n')}</table></body></html>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

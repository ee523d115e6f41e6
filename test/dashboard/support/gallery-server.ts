import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { PAGE_POLICY } from '../../../src/http/pages.ts';

const entry = fileURLToPath(new URL('../gallery/gallery.tsx', import.meta.url));

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gallery</title>
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/gallery.css"></head>
<body><div id="root"></div><script type="module" src="/gallery.js"></script></body></html>`;

/** The gallery, built and served under the policy of the dashboard. */
export function useGallery(): { readonly url: string } {
  let url = '';
  let close = async () => {};
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      outdir: '/',
      format: 'esm',
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    const files = new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*\//, '/'), text]));
    const server = createServer((request, response) => {
      const name = request.url ?? '/';
      const type = name.endsWith('.js') ? 'text/javascript' : name.endsWith('.css') ? 'text/css' : 'text/html';
      const text = name === '/' ? PAGE : name === '/icon.svg' ? '' : files.get(name);
      response.writeHead(text === undefined ? 404 : 200, {
        'content-type': name === '/icon.svg' ? 'image/svg+xml' : `${type}; charset=utf-8`,
        'content-security-policy': PAGE_POLICY,
      });
      response.end(text ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    close = () => new Promise((resolve) => server.close(() => resolve()));
  });
  afterAll(() => close());
  return {
    get url() {
      return url;
    },
  };
}

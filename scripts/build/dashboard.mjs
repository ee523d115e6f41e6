import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Below this a packed file is no smaller on the wire. */
const LEAST_BYTES = 600;

/**
 * Builds the dashboard's static files, each with its `.br` and `.gz` beside it, so that the server packs nothing.
 * @returns the modules that went in, relative to `root`, for the licenses
 */
export async function buildDashboard(root, outDir) {
  // Loaded here: set-up imports this file before the dependencies are there.
  const { build } = await import('vite');
  const inputs = new Set();
  const environment = process.env.NODE_ENV;
  // React and Vite read it: under a test runner the pages would be those for developing.
  process.env.NODE_ENV = 'production';
  await build({
    configFile: path.join(root, 'dashboard', 'vite.config.ts'),
    build: { outDir },
    plugins: [{ name: 'inputs', moduleParsed: ({ id }) => void inputs.add(path.relative(root, id.split('?')[0])) }],
  }).finally(() => {
    if (environment === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = environment;
  });
  for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    if (bytes.length < LEAST_BYTES) continue;
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  }
  return [...inputs].filter((file) => !file.startsWith('\0'));
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licensesOf } from '../build/licenses.mjs';
import { bundleManifest } from './manifest.ts';
import { type Project, ROOT } from './project.ts';
import { type ZipEntry, zip } from './zip.ts';

/** Bundled CommonJS packages call `require`. */
const PRELUDE = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

/** The relay alone, as an archive that desktop hosts install (MCPB): no modules beside it, nothing native. */
export async function bundleRelay(project: Project): Promise<Buffer> {
  const root = fileURLToPath(ROOT);
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/mcpb.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Names stay, for the stacks of its log.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    banner: { js: PRELUDE },
    logLevel: 'warning',
  });
  const [program] = outputFiles;
  if (!program) throw new Error('The bundler made no program.');
  return zip([
    json('manifest.json', bundleManifest(project)),
    // The program reads its version here, and Node that it is a module.
    json('package.json', { name: project.name, version: project.version, type: 'module', private: true }),
    { name: 'server/index.js', content: Buffer.from(program.contents) },
    { name: 'LICENSE', content: readFileSync(new URL('LICENSE', ROOT)) },
    { name: 'THIRD-PARTY-LICENSES.txt', content: Buffer.from(licensesOf(root, Object.keys(metafile.inputs))) },
  ]);
}

const json = (name: string, value: object): ZipEntry => ({
  name,
  content: Buffer.from(`${JSON.stringify(value, null, 2)}\n`),
});

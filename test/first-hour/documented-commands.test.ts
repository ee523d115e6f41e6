import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { sendJson } from '../support/http-agent.ts';
import { type RunningQueue, startQueue } from '../support/queue-of-receipts.ts';
import { replyFor } from '../support/replies.ts';
import { BUILT_MAIN } from '../support/run-built.ts';

const root = path.resolve(import.meta.dirname, '../..');
const under = (folder: string) => readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.md'));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/tutorial.md',
  ...under('docs').map((name) => `docs/${name}`),
].filter((page, at, all) => all.indexOf(page) === at && existsSync(path.join(root, page)));

interface Block {
  readonly page: string;
  readonly commands: string;
  /** `run: queue`: executed here, in the order of the pages; `drill: NAME`: by a test that names it. */
  readonly marker: string | undefined;
}

const blocks: readonly Block[] = PAGES.flatMap((page) => {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/(?:<!-- (run: \w+|drill: \w+) -->\n)?```sh\n([\s\S]*?)```\n/g)].map(
    ([, marker, commands = '']) => ({
      page,
      commands,
      marker,
    }),
  );
});

/** Blocks that nothing executes as they stand, by page and first words, and why. */
const EXCEPTIONS: readonly (readonly [page: string, begins: string, reason: string])[] = [
  ['README.md', 'npm run demo', 'test/toolchain/first-contact.test.ts runs it, as root and as a plain user'],
  ['README.md', 'pantry-queue init', 'it asks at a terminal; test/cli/init runs it for every host'],
  ['README.md', 'node deploy/secrets.mjs', 'needs a container engine; test/topology runs the parts as processes'],
  ['CONTRIBUTING.md', 'npm test', 'this very run'],
  [
    'CONTRIBUTING.md',
    'npm run release',
    'publishes; test/toolchain/release.test.ts runs the script with commands of its own',
  ],
  ['docs/backup.md', 'docker compose exec', 'needs a container engine; the drills above it are executed'],
  ['docs/backup.md', 'cp -a ../backup/secrets', 'needs a container engine; the drills above it are executed'],
  ['docs/capacity.md', 'npm run bench:capacity', 'measures for minutes; test/bench/capacity.test.ts runs it small'],
  [
    'docs/comparison.md',
    'npm run bench:peers',
    'measures for a quarter of an hour; test/bench/peers.test.ts has its table',
  ],
  ['docs/deployment.md', '', 'needs a container engine; test/topology runs the parts as processes'],
  ['docs/encryption.md', 'PAYLOAD_KEYS=', 'starts a queue that stays; test/engine/payload-codec.test.ts has such keys'],
  ['docs/encryption.md', 'temporal workflow show', 'needs the server of the codec; its test asks that server'],
  [
    'docs/vision.md',
    'export VISION_MODEL',
    'needs a vision model; the tests of that driver start the agent with one of their own',
  ],
  ['docs/ocr.md', 'npm run setup', 'test/ocr/service starts the agent by its program'],
  ['docs/ocr.md', 'npm run bench:ocr', 'measures for minutes'],
  ['docs/operations.md', 'pantry-queue queue info', 'ends with kill; test/embedded/up.test.ts stops a queue so'],
  ['docs/operations.md', 'export TEMPORAL_ADDRESS', 'test/workflows/temporal-queries.test.ts executes each query'],
];
const exceptionOf = ({ page, commands }: Block) =>
  EXCEPTIONS.find(([where, begins]) => where === page && commands.startsWith(begins));
const nameOf = ({ page, commands }: Block) => `${page}: ${commands.split('\n')[0]}`;

const here = blocks.filter(({ marker }) => marker === 'run: queue').sort((a, b) => order(a) - order(b));
/** The tutorial begins with an empty queue. */
function order({ page }: Block): number {
  return page === 'docs/tutorial.md' ? 0 : 1 + PAGES.indexOf(page);
}

const testsOf = () => {
  const all = execFileSync('grep', ['-rlE', 'commandsOf', path.join(root, 'test'), '--include=*.test.ts'], {
    encoding: 'utf8',
  });
  return all
    .trim()
    .split('\n')
    .map((file) => readFileSync(file, 'utf8'));
};

describe('every command block of the pages', () => {
  it('is executed here, executed by a named test, or excepted with a reason', () => {
    expect(blocks.length).toBeGreaterThan(20);
    expect(blocks.filter((block) => !block.marker && !exceptionOf(block)).map(nameOf)).toEqual([]);
    const used = new Set(blocks.filter((block) => !block.marker).map(exceptionOf));
    expect(EXCEPTIONS.filter((exception) => !used.has(exception))).toEqual([]);
  });

  it('that is a drill is one that a test executes', () => {
    const tests = testsOf();
    const drills = blocks.filter(({ marker }) => marker?.startsWith('drill: '));
    const unused = drills.filter(({ page, marker = '' }) => {
      const name = marker.slice('drill: '.length);
      return !tests.some((text) => text.includes(path.basename(page)) && text.includes(`'${name}'`));
    });
    expect(unused.map(nameOf)).toEqual([]);
  });

  it.each(blocks.map((block) => [nameOf(block), block] as const))(
    '%s: is a script, and names what there is',
    (_, { commands }) => {
      execFileSync('sh', ['-n', '-c', commands.replaceAll(/<\w+>/g, '1').replaceAll(/\[[^\]\n]*\]/g, '')]);
      const { scripts }: { scripts: Record<string, string> } = JSON.parse(
        readFileSync(path.join(root, 'package.json'), 'utf8'),
      );
      for (const [, name = ''] of commands.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([name]);
      for (const [, file = ''] of commands.matchAll(/\b(?:node|sh|vitest run) ([\w./-]+)/g)) {
        expect(existsSync(path.join(root, file)), file).toBe(true);
      }
    },
  );
});

describe('every command that the pages name', () => {
  const child = (command: Command, word: string | undefined) =>
    command.commands.find((each) => each.name() === word || each.aliases().includes(word ?? ''));

  it.each(PAGES)('%s: is a command', (page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    const named = [...text.matchAll(/(?:^|[`\s])pantry-queue ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g)];
    const unknown = named.filter(([, first, second]) => {
      // What a command line does not ask for is not loaded.
      const group = child(createProgram('0', [first ?? '', second ?? '']), first);
      if (!group) return true;
      return (
        group.commands.length > 0 && second !== undefined && !child(group, second) && !group.registeredArguments.length
      );
    });
    // Prose after the name of the program is no command.
    const inCode = unknown.filter(([match]) => match.startsWith('`') || text.includes(`\n${match.trim()}`));
    expect(inCode.map(([match]) => match.trim())).toEqual([]);
  });
});

describe('the command blocks for a queue that runs', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pantry-pages-'));
  let queue: RunningQueue;
  beforeAll(async () => {
    queue = await startQueue((request, response) => sendJson(response, 200, replyFor(request)));
    const shim = path.join(folder, 'pantry-queue');
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${BUILT_MAIN}" "$@"\n`);
    chmodSync(shim, 0o755);
    copyFileSync(path.join(root, 'assets/receipts/dm_18052020_03_00355.jpg'), path.join(folder, 'receipt.jpg'));
  }, 180_000);
  afterAll(async () => {
    await queue?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(here.map((block) => [nameOf(block), block] as const))('%s: runs', async (_, { commands }) => {
    const env = {
      PATH: `${folder}:${process.env.PATH ?? ''}`,
      HOME: folder,
      DATA_DIR: queue.dataDir,
      AGENT_URL: queue.agent.url,
      PHOTO: path.join(root, 'assets/receipts/aldi_02032020_19_02423.jpg'),
    };
    const script = commands.replaceAll('http://127.0.0.1:8000', queue.url).replaceAll('@assets/', `@${root}/assets/`);
    const said = await new Promise<string>((resolve, reject) => {
      execFile('sh', ['-euc', script], { cwd: folder, env, timeout: 200_000 }, (error, stdout, stderr) =>
        error ? reject(new Error(`${error.message}\n${stdout}${stderr}`)) : resolve(stdout),
      );
    });
    expect(said).not.toBe('');
    expect(said).not.toContain('"code":"invalid_argument"');
  });
});

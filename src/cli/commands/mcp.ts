import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { StartedQueue } from '../../../mcp/start-queue.ts';
import { createDataDir, dataDirAt, defaultDataDir } from '../../embedded/data-dir.ts';
import { openLog } from '../../embedded/log-file.ts';
import { httpUrl } from '../http-url.ts';
import { type KeyFlags, keyOf, withKeyFlags } from '../key.ts';
import { EXIT } from '../output.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

interface Flags extends KeyFlags {
  readonly url?: string;
  readonly dataDir?: string;
  readonly start: boolean;
  readonly port: string;
  readonly allow: readonly string[];
  readonly logLevel: string;
  readonly readOnly: boolean;
}

/** `pantry-queue mcp`: the tools over stdio, for a host that starts its servers itself. */
export function register(program: Command): void {
  withKeyFlags(program.command('mcp'))
    .description('give an agent the queue as MCP tools over stdio; starts the local queue when none runs')
    .addOption(
      new Option('--url <url>', 'the queue to use, as in http://127.0.0.1:8000')
        .env('PANTRY_QUEUE_URL')
        .argParser(httpUrl),
    )
    .option('--data-dir <dir>', 'folder of the local queue (default: DATA_DIR, else the user’s data folder)')
    .option('--no-start', 'never start a queue; tools then name the command that does')
    .addOption(
      new Option('--port <n>', 'HTTP port of a queue that is started; 0 takes a free one').env('PORT').default('0'),
    )
    .option(
      '--allow <dir>',
      'a folder that photos may be added from, with what is in it; once for each (default: the working folder)',
      (dir: string, others: readonly string[]) => [...others, dir],
      [],
    )
    .option('--read-only', 'offer only the tools that change nothing', false)
    .addOption(
      new Option('--log-level <level>', 'of the JSON lines on stderr').env('LOG_LEVEL').choices(LEVELS).default('warn'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  pantry-queue init claude-code\n\nThat writes the settings of a host; hosts start this command themselves.',
    )
    .action(relay);
}

async function relay(flags: Flags): Promise<void> {
  const { runRelay } = await import('../relay.ts');
  const dataDir = path.resolve(flags.dataDir ?? defaultDataDir());
  const starter = createStarter(dataDir, flags.port);
  await runRelay({
    url: flags.url,
    key: keyOf(flags),
    dataDir,
    allow: flags.allow,
    logLevel: flags.logLevel,
    readOnly: flags.readOnly,
    start: flags.start && flags.url === undefined ? starter.start : undefined,
    hints: {
      toStart: flags.dataDir ? `pantry-queue up --data-dir ${dataDir}` : 'pantry-queue up',
      startLog: starter.log,
    },
  });
}

/**
 * Starts `pantry-queue up` so that it outlives this process: it serves every host of this person. When several hosts
 * start one at the same moment, the lock of the data folder lets one of them be, and the others end by themselves.
 */
function createStarter(dataDir: string, port: string): { readonly start: () => StartedQueue; readonly log: string } {
  const dir = dataDirAt(dataDir);
  const log = path.join(dir.logs, 'started-by-mcp.log');
  const up = [process.argv[1] ?? '', 'up', '--data-dir', dir.root, '--port', port];
  let child: ChildProcess | undefined;
  const runs = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const start = () => {
    const isNew = !runs();
    if (isNew) {
      createDataDir(dir);
      const output = openLog(log);
      child = spawn(process.execPath, [...process.execArgv, ...up], {
        cwd: dir.root,
        detached: true,
        stdio: ['ignore', output, output],
      });
      child.once('error', () => undefined);
      child.unref();
      closeSync(output);
    }
    return { isNew, hasFailed: () => !runs() && child?.exitCode !== EXIT.conflict };
  };
  return { start, log };
}

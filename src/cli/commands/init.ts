import { realpathSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { homeFolder } from '../../embedded/data-dir.ts';
import { httpUrl } from '../http-url.ts';
import type { InitFlags } from '../init/run-init.ts';
import { withKeyFlags } from '../key.ts';

/** Slow machines start a program in seconds; more is a fault. */
const LIMITS_MS = { ownCommand: 30_000, proof: 30_000 };

/** `pantry-queue init`: gives agents the queue, in the settings of the programs they run in. */
export function register(program: Command): void {
  withKeyFlags(program.command('init'))
    .description('connect agents to the queue: writes the settings of their hosts, then starts what it wrote')
    .argument(
      '[hosts...]',
      'claude-code, claude-desktop, vscode, cursor, codex, gemini, windsurf, zed, opencode, goose (default: those that are here)',
    )
    .addOption(
      new Option('--scope <scope>', 'settings of the person, or of the project in this folder')
        .choices(['user', 'project'])
        .default('user'),
    )
    .addOption(
      new Option(
        '--url <url>',
        'a queue elsewhere, as in https://queue.example:8000; default: the local one',
      ).argParser(httpUrl),
    )
    .option('--data-dir <dir>', 'folder of the local queue (default: DATA_DIR, else the user’s data folder)')
    .option('--allow <dir>', 'folder whose photos agents may add; may be repeated', collected, [])
    .option('--print', 'print what to write, and where; change nothing')
    .option('--remove', 'take the queue out of the settings again')
    .option('--yes', 'ask nothing: all hosts that are here, and replace what they have')
    .option('--json', 'print the outcome of each host as JSON')
    .addHelpText('after', '\nExample:\n  pantry-queue init claude-code --allow ~/Pictures/receipts')
    .action(async (hosts: string[], flags: InitFlags) => {
      const { runInit } = await import('../init/run-init.ts');
      process.exitCode = await runInit(hosts, flags, {
        machine: { platform: process.platform, home: homeFolder(), cwd: process.cwd(), env: process.env },
        command: process.execPath,
        // Where the link of a package manager leads: it is made anew with each version.
        script: realpathSync(process.argv[1] ?? ''),
        isTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
        limitsMs: LIMITS_MS,
      });
    });
}

const collected = (dir: string, dirs: readonly string[]): string[] => [...dirs, dir];

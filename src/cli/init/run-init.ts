import { statSync } from 'node:fs';
import path from 'node:path';
import { invalidArgument } from '../../contract/check-input.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import { type KeyFlags, keyOf } from '../key.ts';
import { ask, print, printJson, printText, reportError, say } from '../output.ts';
import { HOST_NAMES, hostsConnected, hostsFound, hostsNamed } from './choose-hosts.ts';
import { KEY_VARIABLE, SERVER_NAME, type Wish } from './connection.ts';
import type { Scope } from './host-file.ts';
import type { Host } from './hosts.ts';
import {
  connectHost,
  disconnectHost,
  entryToPaste,
  type InitDeps,
  type InitLimits,
  type Outcome,
} from './init-host.ts';
import type { Machine } from './places.ts';
import { notesOf, outcomeLines, pastedText } from './words.ts';

export interface InitFlags extends KeyFlags {
  readonly scope: Scope;
  readonly url?: string;
  readonly dataDir?: string;
  readonly allow: readonly string[];
  readonly print?: boolean;
  readonly remove?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The person, and the program that hosts are to start. */
export interface InitContext {
  readonly machine: Machine;
  readonly command: string;
  readonly script: string;
  readonly isTerminal: boolean;
  /** Default: at the terminal. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly limitsMs: InitLimits;
}

/**
 * Connects hosts to the queue, shows what to write, or takes it out again. Each host has an outcome of its own.
 * @returns the exit code of the first that failed
 * @throws AppError `invalid_argument` before anything is changed
 */
export async function runInit(names: readonly string[], flags: InitFlags, context: InitContext): Promise<number> {
  const { machine } = context;
  const wish = wishOf(flags, context);
  const hosts = names.length > 0 ? hostsNamed(names) : await chosen(flags, context);
  if (flags.print) return printed(hosts, wish, flags, machine);
  const deps: InitDeps = {
    machine,
    key: keyOf(flags, machine.env),
    limitsMs: context.limitsMs,
    mayReplace: async ({ title }, file) =>
      flags.yes ||
      flags.json ||
      !context.isTerminal ||
      (context.ask ?? ask)(`${file} connects ${title} otherwise. Replace that? [y/N] `),
  };
  const codes: number[] = [];
  for (const host of hosts) {
    try {
      const done = flags.remove ? disconnectHost(host, flags.scope, deps) : connectHost(host, wish, flags.scope, deps);
      told(host, await done, wish, flags);
    } catch (error) {
      codes.push(reportError(toAppError(error), { json: flags.json === true, file: host.title }));
    }
  }
  return codes[0] ?? 0;
}

function told(host: Host, outcome: Outcome, wish: Wish, { json, scope }: InitFlags): void {
  const notes = outcome.server ? notesOf(host, wish, scope) : [];
  if (json) printJson({ ...outcome, ...(notes.length > 0 ? { notes } : {}) });
  else print(...outcomeLines(host, outcome, notes));
}

function printed(hosts: readonly Host[], wish: Wish, { json, scope }: InitFlags, machine: Machine): number {
  for (const host of hosts) {
    const pasted = entryToPaste(host, wish, scope, machine);
    if (json) printJson(pasted);
    else printText(pastedText(host, pasted));
  }
  return 0;
}

/** @throws AppError `invalid_argument` where nobody can be asked which hosts are meant */
async function chosen(flags: InitFlags, context: InitContext): Promise<Host[]> {
  const { machine, isTerminal } = context;
  const hosts = flags.remove ? hostsConnected(flags.scope, machine) : hostsFound(machine);
  if (hosts.length === 0 && flags.remove) {
    say('No host is connected; there is nothing to take out.');
    return [];
  }
  if (hosts.length === 0)
    throw noHost(`None was found on this machine. Known: ${HOST_NAMES.join(', ')}.`, 'claude-code');
  const titles = hosts.map(({ title }) => title).join(', ');
  if (flags.yes || flags.print) return hosts;
  if (isTerminal && !flags.json) {
    const question = flags.remove ? `Take ${SERVER_NAME} out of` : `Connect ${SERVER_NAME} to`;
    if (await (context.ask ?? ask)(`${question} ${titles}? [y/N] `)) return hosts;
    say('Nothing has been changed.');
    return [];
  }
  const words = `${hosts.map(({ name }) => name).join(' ')}${flags.remove ? ' --remove' : ''}`;
  throw noHost(`This machine has ${titles}.`, words);
}

function noHost(found: string, words: string): AppError {
  const message = `Name the hosts. ${found}`;
  return new AppError('invalid_argument', message, {
    hint: `Type: pantry-queue init ${words}`,
    fields: [{ pointer: '/hosts', code: 'required', message }],
  });
}

/** What a host starts in another folder has absolute paths only. @throws AppError `invalid_argument` */
function wishOf({ url, dataDir, allow, ...flags }: InitFlags, { machine, command, script }: InitContext): Wish {
  const folder = dataDir ?? machine.env.DATA_DIR;
  // Read once, so that a name that leads nowhere is told here and not by each host later.
  keyOf(flags, machine.env);
  const keyFile = flags.keyFile ?? (machine.env.PANTRY_QUEUE_KEY_FILE || undefined);
  return {
    command,
    script,
    url,
    dataDir: folder && url === undefined ? path.resolve(machine.cwd, folder) : undefined,
    keyFile: keyFile && path.resolve(machine.cwd, keyFile),
    allow: allow.map((dir) => folderAt(path.resolve(machine.cwd, dir))),
    hasKey: keyFile === undefined && Boolean(machine.env[KEY_VARIABLE]),
  };
}

function folderAt(dir: string): string {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return dir;
  throw invalidArgument('allow', 'invalid', `${dir} is no folder.`);
}

import { AppError } from '../../contract/errors.ts';
import { type Connection, launchOf, type Wish } from './connection.ts';
import { sayTheSame, withEntry } from './edit.ts';
import type { Entry } from './formats/format.ts';
import { fileOf, type HostFile, openHostFile, type Scope, saveEntry } from './host-file.ts';
import type { Host } from './hosts.ts';
import { programOn, ranWell } from './own-command.ts';
import type { Machine } from './places.ts';
import { NotProven, type Proof, prove } from './prove.ts';
import { entryFor } from './shapes.ts';

export interface InitLimits {
  /** Of a host's own command. */
  readonly ownCommand: number;
  /** What was written has listed its tools by then. */
  readonly proof: number;
}

export interface InitDeps {
  readonly machine: Machine;
  /** The value of the key, for the proof only. */
  readonly key: string | undefined;
  readonly limitsMs: InitLimits;
  /** May an entry that is there and says something else be replaced? */
  readonly mayReplace: (host: Host, file: string) => Promise<boolean>;
}

/** What was done for one host. */
export interface Outcome {
  readonly host: string;
  readonly file: string;
  readonly action: 'added' | 'replaced' | 'unchanged' | 'kept' | 'removed' | 'absent';
  /** The host's own command, where that did it. */
  readonly by?: string | undefined;
  readonly backup?: string | undefined;
  readonly server?: Proof | undefined;
}

export interface Pasted {
  readonly host: string;
  readonly file: string;
  readonly entry: Entry;
  /** A whole document of this entry alone. */
  readonly text: string;
}

/**
 * Connects one host, and proves it by what its file then says.
 * @throws AppError `invalid_argument` when its file cannot be edited, which is then unchanged; `part_failed` when what
 *   was written does not answer
 */
export async function connectHost(host: Host, wish: Wish, scope: Scope, deps: InitDeps): Promise<Outcome> {
  const { connection, entry } = entryFor(host.shape, wish);
  const at = openHostFile(host, scope, deps.machine);
  const outcome = { host: host.name, file: at.file };
  if (sayTheSame(at.entry, entry)) return { ...outcome, action: 'unchanged', server: await proven(host, scope, deps) };
  const isTaken = at.entry !== undefined;
  if (isTaken && !(await deps.mayReplace(host, at.file))) return { ...outcome, action: 'kept' };
  const by = scope === 'user' ? await addedByHost(host, connection, entry, at, deps) : undefined;
  const backup = by === undefined ? saveEntry(host, openHostFile(host, scope, deps.machine), entry) : undefined;
  const server = await proven(host, scope, deps);
  return { ...outcome, action: isTaken ? 'replaced' : 'added', by, backup, server };
}

/** Takes the entry out again, and nothing else. */
export async function disconnectHost(host: Host, scope: Scope, deps: InitDeps): Promise<Outcome> {
  const at = openHostFile(host, scope, deps.machine);
  const outcome = { host: host.name, file: at.file };
  if (at.entry === undefined) return { ...outcome, action: 'absent' };
  const remove = scope === 'user' ? host.own?.remove : undefined;
  const isGone = () => openHostFile(host, scope, deps.machine).entry === undefined;
  if (remove && (await ranByHost(host, remove, deps)) && isGone())
    return { ...outcome, action: 'removed', by: `${host.program} mcp remove` };
  const backup = saveEntry(host, openHostFile(host, scope, deps.machine), undefined);
  return { ...outcome, action: 'removed', backup };
}

/** What to write, and where, for a person who does it by hand. */
export function entryToPaste(host: Host, wish: Wish, scope: Scope, machine: Machine): Pasted {
  const { entry } = entryFor(host.shape, wish);
  return {
    host: host.name,
    file: fileOf(host, scope, machine),
    entry,
    text: withEntry(host.format, '', host.path, entry),
  };
}

/** Did the host write the entry itself? Its file says so, not its program. */
async function addedByHost(
  host: Host,
  connection: Connection,
  entry: Entry,
  at: HostFile,
  deps: InitDeps,
): Promise<string | undefined> {
  const args = host.own?.add(connection, entry);
  if (args === undefined) return undefined;
  if (at.entry !== undefined && host.own?.refusesTaken && host.own.remove) await ranByHost(host, host.own.remove, deps);
  if (!(await ranByHost(host, args, deps))) return undefined;
  const isThere = startsSame(openHostFile(host, 'user', deps.machine).entry, entry);
  return isThere ? host.own?.words : undefined;
}

async function ranByHost(
  { program }: Host,
  args: readonly string[],
  { machine, limitsMs }: InitDeps,
): Promise<boolean> {
  const found = program === undefined ? undefined : programOn(machine, program);
  return found !== undefined && (await ranWell(found, args, machine, limitsMs.ownCommand));
}

async function proven(host: Host, scope: Scope, { machine, key, limitsMs }: InitDeps): Promise<Proof> {
  const { entry, file } = openHostFile(host, scope, machine);
  const launch = launchOf((entry ?? {}) as Entry);
  try {
    if (launch === undefined) throw new NotProven('it names no command and no address');
    return await prove(launch, { env: machine.env, home: machine.home, limitMs: limitsMs.proof, key });
  } catch (error) {
    if (!(error instanceof NotProven)) throw error;
    throw new AppError(
      'part_failed',
      `${host.title} is connected in ${file}, but what it starts does not work: ${error.message}.`,
      {
        hint: `Mend the cause and run pantry-queue init ${host.name} again, or take it out with --remove.`,
        cause: error,
      },
    );
  }
}

/** Hosts add to an entry what they find useful (`env: {}`). */
const startsSame = (left: unknown, right: Entry) => sayTheSame(launchOf((left ?? {}) as Entry), launchOf(right));

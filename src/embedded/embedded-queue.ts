/** The embedded queue as one value: `pantry-queue up` and `demo` are this, with words around it. */
import { requireKeysAt } from '../settings/access.ts';
import { createDataDir, dataDirAt } from './data-dir.ts';
import { createJournal } from './journal.ts';
import { type OwnerRecord, takeOwnership, titles } from './owner-file.ts';
import { choosePorts } from './ports.ts';
import { sendSignal } from './process-identity.ts';
import { clearLeftovers, createProcessRecords, endings } from './process-records.ts';
import { ownPrograms, type Programs } from './programs.ts';
import type { EmbeddedSettings } from './settings.ts';
import { startStack } from './stack.ts';
import { createSupervisor, type SupervisorEvent } from './supervisor.ts';

export interface EmbeddedQueueOptions {
  readonly dataDir: string;
  /** The HTTP port; 0 takes free ports everywhere. */
  readonly port: number;
  readonly host: string;
  readonly auth: EmbeddedSettings['auth'];
  /** Makes the key of this start in its database, where calls need one. */
  readonly makeKey?: (databaseUrl: string) => Promise<string>;
  /** An agent that runs elsewhere; without it the embedded one is started. */
  readonly agentUrl: string | undefined;
  readonly agentLanes: number;
  /** Stand-ins for our own programs, for tests. */
  readonly programs?: Programs;
  /** Progress and mishaps for people, one line each. */
  readonly say: (line: string) => void;
}

export interface EmbeddedQueue {
  /** Resolves when everything runs. @throws AppError `part_failed`, `port_taken`; call `stop` then too */
  start(): Promise<OwnerRecord>;
  /** Stops all in order and gives the folder free. May be called at any time, also during the start, and again. */
  stop(): Promise<void>;
  /** Makes the stop quick. */
  hurry(): void;
}

/**
 * Takes the data folder; nothing runs yet.
 * @throws AppError `queue_running` when another `up` has it; `invalid_argument` for an address that others reach without keys
 */
export function createEmbeddedQueue(options: EmbeddedQueueOptions): EmbeddedQueue {
  requireKeysAt(options);
  const dir = dataDirAt(options.dataDir);
  createDataDir(dir);
  const ownership = takeOwnership(dir);
  const journal = createJournal(dir, options.say);
  let record: OwnerRecord | undefined;
  let starting: Promise<OwnerRecord> | undefined;
  let stopped: Promise<void> | undefined;

  const supervisor = createSupervisor({
    records: createProcessRecords(dir.processes, journal.complain),
    onEvent: (event) => {
      journal.note(event);
      const line = inWords(event);
      if (line) options.say(line);
      if (record && (event.event === 'process.ready' || event.event === 'process.died')) republish(record);
    },
  });

  function publish(latest: OwnerRecord): OwnerRecord {
    record = { ...latest, processes: supervisor.processes() };
    ownership.publish(record);
    return record;
  }

  /** A full disk must not make a restart fail: the file is then behind until the next change. */
  function republish(latest: OwnerRecord): void {
    try {
      publish(latest);
    } catch (error) {
      journal.complain(error);
    }
  }

  async function startAll(): Promise<OwnerRecord> {
    for (const left of await clearLeftovers(dir.processes)) {
      journal.note({ event: 'leftover.ended', ...left });
      options.say(`${titles[left.role]} (process ${left.pid}) was left behind by an earlier run and is ended now.`);
    }
    const ports = await choosePorts(dir.ports, options.port, options.host);
    supervisor.stopping.throwIfAborted();
    return publish(await startStack({ programs: ownPrograms(), ...options, dir, ports }, supervisor));
  }

  // However this process ends, what it started is at least asked to end too; `stop` does it in order and waits.
  const askAllToEnd = () => {
    for (const { role, pid } of supervisor.processes()) sendSignal(pid, endings[role].gentle);
  };
  process.once('exit', askAllToEnd);

  async function stopAll(): Promise<void> {
    try {
      await supervisor.stop();
      // The folder is given free only when nothing of a start that was broken off still works in it.
      await starting?.catch(() => undefined);
    } finally {
      ownership.release();
      journal.close();
      process.off('exit', askAllToEnd);
    }
  }

  return {
    start: () => {
      starting ??= startAll();
      return starting;
    },
    stop: () => {
      stopped ??= stopAll();
      return stopped;
    },
    hurry: supervisor.hurry,
  };
}

function inWords(event: SupervisorEvent): string | undefined {
  switch (event.event) {
    case 'process.died':
      return `${titles[event.role]} ended ${event.how}; it is started again in ${event.restartInMs / 1000} s.`;
    case 'process.restart_failed':
      return `${titles[event.role]} did not come back (${event.reason}); next try in ${event.restartInMs / 1000} s.`;
    case 'process.ready':
      return event.again ? `${titles[event.role]} runs again.` : undefined;
    case 'process.stopped':
      return undefined;
  }
}

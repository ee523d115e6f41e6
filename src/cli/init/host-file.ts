import { existsSync } from 'node:fs';
import path from 'node:path';
import { invalidArgument } from '../../contract/check-input.ts';
import { AppError } from '../../contract/errors.ts';
import { type ConfigFile, readConfig, UnusableFile, writeConfig } from './config-file.ts';
import { entryIn, NotEditable, valuesOf, withEntry, withoutEntry } from './edit.ts';
import { BrokenDocument, type Entry, type Path } from './formats/format.ts';
import type { Host } from './hosts.ts';
import { type Machine, placesOf } from './places.ts';

export type Scope = 'user' | 'project';

/** The settings file of a host, and what of ours is in it. */
export interface HostFile {
  readonly file: string;
  readonly path: Path;
  readonly entry: unknown;
  readonly found: ConfigFile;
}

/** @throws AppError `invalid_argument` where the host has no such file, or it cannot be read */
export function openHostFile(host: Host, scope: Scope, machine: Machine): HostFile {
  const file = fileOf(host, scope, machine);
  return inWords(host, file, () => {
    const found = readConfig(file);
    const path = host.pathIn?.(valuesOf(host.format, found.text, host.path)) ?? host.path;
    return { file, path, found, entry: entryIn(host.format, found.text, path) };
  });
}

/**
 * Writes the entry, or takes it out.
 * @returns the backup of what was there, where that was changed
 * @throws AppError `invalid_argument`; the file is then unchanged
 */
export function saveEntry(host: Host, { file, path, found }: HostFile, entry: Entry | undefined): string | undefined {
  return inWords(host, file, () => {
    const { format } = host;
    const text = entry ? withEntry(format, found.text, path, entry) : withoutEntry(format, found.text, path);
    return text === found.text ? undefined : writeConfig(found, text);
  });
}

/** Of several files that a host reads the first that exists, else the first. */
export function fileOf(host: Host, scope: Scope, machine: Machine): string {
  const files = scope === 'user' ? host.userFiles(placesOf(machine)) : host.projectFiles;
  if (files === undefined) {
    throw invalidArgument('scope', 'invalid', `${host.title} has no settings of a project; leave --scope out.`);
  }
  const places = files.map((file) => path.resolve(machine.cwd, file));
  return places.find((file) => existsSync(file)) ?? path.resolve(machine.cwd, files[0]);
}

function inWords<T>(host: Host, file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new AppError('invalid_argument', `${file} was not changed: ${reason}.`, {
      hint: `Mend the file, or edit it by hand: pantry-queue init ${host.name} --print shows what belongs there.`,
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof BrokenDocument) return `${error.message} (line ${error.line})`;
  if (error instanceof UnusableFile || error instanceof NotEditable) return error.message;
  // The parsers call themselves for each level.
  return error instanceof RangeError ? 'it is nested too deeply' : undefined;
}

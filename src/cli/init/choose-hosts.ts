import { existsSync } from 'node:fs';
import { invalidArgument } from '../../contract/check-input.ts';
import { quoted } from '../../contract/clean-text.ts';
import { isAppError } from '../../contract/errors.ts';
import { nearestName } from '../../contract/nearest.ts';
import { openHostFile, type Scope } from './host-file.ts';
import { HOSTS, type Host } from './hosts.ts';
import { programOn } from './own-command.ts';
import { type Machine, placesOf } from './places.ts';

export const HOST_NAMES = HOSTS.map(({ name }) => name);

/** @throws AppError `invalid_argument` that names the nearest host, and all of them */
export function hostsNamed(names: readonly string[]): Host[] {
  return [...new Set(names.map(hostNamed))];
}

function hostNamed(given: string): Host {
  const name = given.toLowerCase();
  const found = HOSTS.find((host) => host.name === name || host.aliases?.includes(name));
  if (found) return found;
  const near = nearestName(given, HOST_NAMES);
  const guess = near === undefined ? '' : ` Did you mean ${near}?`;
  throw invalidArgument('host', 'unknown', `Unknown host ${quoted(given)}.${guess} Known: ${HOST_NAMES.join(', ')}.`);
}

/** Those that this machine has, by their settings, folders and programs. */
export function hostsFound(machine: Machine): Host[] {
  const places = placesOf(machine);
  return HOSTS.filter(({ userFiles, signs, program }) => {
    const kept = [...userFiles(places), ...(signs?.(places) ?? [])];
    return kept.some((place) => existsSync(place)) || (program !== undefined && programOn(machine, program));
  });
}

/** Those that have an entry of ours; a file that cannot be read has none that could be taken out. */
export function hostsConnected(scope: Scope, machine: Machine): Host[] {
  return HOSTS.filter((host) => {
    if (scope === 'project' && host.projectFiles === undefined) return false;
    try {
      return openHostFile(host, scope, machine).entry !== undefined;
    } catch (error) {
      if (isAppError(error)) return false;
      throw error;
    }
  });
}

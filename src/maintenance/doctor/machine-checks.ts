import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { artifacts, findArtifact } from '#artifacts';
import { isAppError } from '../../contract/errors.ts';
import { folderFault } from '../../embedded/data-dir.ts';
import { holderOf } from '../../embedded/owner-file.ts';
import { type Check, failed, fine, skipped, type Told, warned } from './check.ts';
import type { Subject } from './subject.ts';

/** As `engines` of package.json has it. */
export const OLDEST_NODE = '20.19.0';

const partsOf = (version: string) => version.split('.').map(Number);

/** Is this Node new enough? */
export function nodeFinding(version: string): Told {
  const [major = 0, minor = 0] = partsOf(version);
  const [wantedMajor = 0, wantedMinor = 0] = partsOf(OLDEST_NODE);
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return isNew
    ? fine(`Node ${version}`)
    : failed(
        'invalid_argument',
        `This is Node ${version}; pantry-queue needs ${OLDEST_NODE} or newer.`,
        'Install a current one from https://nodejs.org and run the command again.',
      );
}

/** What `up` starts and npm does not deliver. */
function programs({ dir, owner }: Subject): Told[] | Told {
  if (dir === undefined) return skipped('Only pantry-queue up needs programs of its own.');
  const hasOwnAgent = owner === undefined || owner.processes.some(({ role }) => role === 'agent');
  const needed = ['temporal-cli', ...(hasOwnAgent ? (['ocr-models'] as const) : [])] as const;
  const missing = needed.filter((name) => findArtifact(name) === undefined);
  if (missing.length === 0)
    return fine(needed.map((name) => `${artifacts[name].title} ${artifacts[name].version}`).join(', '));
  return missing.map((name) =>
    warned(`${artifacts[name].title} ${artifacts[name].version} is not here yet.`, 'Fetch it, online: pantry-queue up'),
  );
}

const NO_FOLDER = 'The settings name a database; there is no data folder.';

/** @returns what is wrong with the folder as `up` would refuse it */
async function folder({ dir, owner }: Subject): Promise<Told> {
  if (dir === undefined) return skipped(NO_FOLDER);
  try {
    const fault = folderFault(dir.root);
    if (fault) return failed(fault.code, fault.message, fault.hint);
    await access(dir.root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT' && owner === undefined) return fine(`${dir.root} is made by the first start.`);
    return failed(
      'invalid_argument',
      `${dir.root} cannot be written (${code}).`,
      `Give it to this user (chmod u+rwx ${dir.root}), or name another with --data-dir.`,
    );
  }
  return fine(dir.root);
}

function owner({ dir, owner: record }: Subject): Told {
  if (dir === undefined) return skipped(NO_FOLDER);
  if (record) return fine(`Process ${record.pid} runs the queue since ${record.started_at}, at ${record.url}.`);
  const start = `Start it: pantry-queue up --data-dir ${dir.root}`;
  const holder = holderOf(dir);
  if (holder === undefined) return failed('queue_unreachable', `No queue runs on ${dir.root}.`, start);
  return holder.isAlive
    ? failed(
        'queue_unreachable',
        `Process ${holder.pid} has the folder and is not ready: it is starting or stopping.`,
        `Its log says how far it is: tail ${path.join(dir.logs, '*.log')}`,
      )
    : failed('queue_unreachable', `The queue of process ${holder.pid} has ended without stopping.`, start);
}

async function disk({ dir, parts, limits }: Subject): Promise<Told[] | Told> {
  const images = parts?.config.images;
  const places = dir ? [dir.root] : images && images.s3 === undefined ? [images.dir] : [];
  if (places.length === 0) return skipped('Images are kept in S3; nothing is kept on this machine.');
  return Promise.all(places.map((place) => spaceAt(place, limits.freeBytes)));
}

const GIB = 1024 ** 3;

async function spaceAt(place: string, freeBytes: number): Promise<Told> {
  const existing = await nearest(place);
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const says = `${(free / GIB).toFixed(1)} GiB free at ${place}`;
  if (free < freeBytes)
    return failed('storage_full', `Only ${says}.`, `See what takes the space: du -xh --max-depth=2 ${existing}`);
  return free < 10 * freeBytes
    ? warned(`Only ${says}.`, `See what takes the space: du -xh --max-depth=2 ${existing}`)
    : fine(says);
}

/** The folder itself, or the nearest above it that exists. */
async function nearest(place: string): Promise<string> {
  const isThere = await access(place).then(
    () => true,
    () => false,
  );
  return isThere || path.dirname(place) === place ? place : nearest(path.dirname(place));
}

/** The machine itself: nothing of it needs a queue that runs. */
export function machineChecks(subject: Subject, settings: unknown): Check[] {
  return [
    { name: 'node', code: 'internal', limitMs: 1_000, look: () => nodeFinding(process.versions.node) },
    {
      name: 'settings',
      code: 'invalid_argument',
      limitMs: 1_000,
      look() {
        if (isAppError(settings)) throw settings;
        return fine(subject.dir ? 'Those of the queue on the folder.' : 'DATABASE_URL and the others can be read.');
      },
    },
    { name: 'programs', code: 'internal', limitMs: 5_000, look: () => programs(subject) },
    { name: 'folder', code: 'invalid_argument', limitMs: 5_000, look: () => folder(subject) },
    { name: 'owner', code: 'queue_unreachable', limitMs: 5_000, needs: ['folder'], look: () => owner(subject) },
    { name: 'disk', code: 'storage_unavailable', limitMs: 5_000, look: () => disk(subject) },
  ];
}

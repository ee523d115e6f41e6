/** `pantry-queue demo`: the whole queue once through, on photos of real receipts. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import type { Job } from '../../contract/fields.ts';
import { withSignals } from '../../contract/signals.ts';
import { mcpLines } from '../banner.ts';
import { dataDirAt, defaultDemoDir } from '../data-dir.ts';
import { createEmbeddedQueue } from '../embedded-queue.ts';
import { runInForeground } from '../foreground.ts';
import { liveJobs } from '../idle.ts';
import type { Output } from '../output.ts';
import type { OwnerRecord } from '../owner-file.ts';
import { embeddedSettings } from '../settings.ts';
import { followJob } from './follow.ts';
import { type AddedPhoto, addPhoto, shippedPhotos } from './photos.ts';
import { createProgress, type Progress } from './progress.ts';
import { reportOf } from './report.ts';

// Five receipts take seconds; a machine so slow, or an agent so stuck, that this is not enough should say so.
const patienceMs = 5 * 60_000;

/** It serves nobody else, and is gone when it has shown what it shows. */
const OF_ONE_PERSON = { host: '127.0.0.1', auth: 'open' } as const;

interface DemoFlags {
  readonly dataDir?: string;
  /** It runs on with its dashboard until somebody stops it. */
  readonly stay?: boolean;
  /** What was read as one line of JSON, in place of the words. */
  readonly json?: boolean;
}

/**
 * Starts a queue in a folder of its own, adds the shipped photos, follows their jobs, prints what was read, and stops
 * everything, at once or when it is asked to.
 * @returns whether every job finished
 * @throws AppError as `up` does, and when an upload is refused or the jobs do not end in 5 minutes
 */
export async function runDemo(flags: DemoFlags, output: Output): Promise<boolean> {
  const dataDir = path.resolve(flags.dataDir ?? defaultDemoDir());
  const again = existsSync(dataDirAt(dataDir).postgres);
  const photos = await shippedPhotos();
  let progress: Progress | undefined;
  const say = (line: string) => (progress ? progress.note(line) : output.say(line));
  const begunAt = Date.now();

  output.say(`Everything of this demo is in ${dataDir}`);
  if (again) output.say('It has been used before: the same photos are added again, as new receipts.');
  const queue = createEmbeddedQueue({ ...embeddedSettings(), ...OF_ONE_PERSON, port: 0, dataDir, say });
  output.say('Starting PostgreSQL, Temporal, the OCR agent, a worker and the server …');

  const print = (followed: readonly Followed[]) => {
    if (flags.json) {
      const receipts = followed.map(({ photo, job }) => ({ file: photo.fileName, job }));
      return output.print(JSON.stringify({ data_dir: dataDir, finished: finishedIn(followed), receipts }));
    }
    output.print('');
    for (const { photo, job } of followed) output.print(reportOf(job, photo.fileName));
    output.print(
      `${finishedIn(followed)} of ${followed.length} receipts read in ${secondsSince(begunAt)}${flags.stay ? '' : ', start and stop included'}.\n`,
    );
    return undefined;
  };
  let stayed: Followed[] | undefined;
  const jobs = await runInForeground(queue, say, async (running, stop) => {
    output.say(`They run (${secondsSince(begunAt)}): API ${running.url}, Temporal UI ${running.temporal.ui}`);
    const followed = await withSignals([stop, AbortSignal.timeout(patienceMs)], async (signal) => {
      const added: AddedPhoto[] = [];
      for (const file of photos) added.push(await addPhoto(running.url, file, signal));
      progress = createProgress(process.stderr, added);
      try {
        return await followAll(running, added, progress, signal);
      } finally {
        progress.end();
        progress = undefined;
      }
    });
    if (flags.stay) {
      stayed = followed;
      print(followed);
      output.say(`The dashboard: ${running.url}/   Ctrl-C stops everything.`);
      await aborted(stop);
    }
    output.say('Stopping everything …');
    return followed;
  });
  if (stayed) return finishedIn(stayed) === stayed.length;
  if (!jobs) return false;
  print(jobs);
  if (!flags.json) output.print(whereNext(dataDir));
  return finishedIn(jobs) === jobs.length;
}

const finishedIn = (followed: readonly Followed[]) => followed.filter(({ job }) => job.status === 'finished').length;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

type Followed = { photo: AddedPhoto; job: Job };

async function followAll(
  running: OwnerRecord,
  added: readonly AddedPhoto[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Followed[]> {
  const done = new AbortController();
  const watching = withSignals([signal, done.signal], (either) => watchQueue(running, progress, either));
  try {
    return await Promise.all(
      added.map(async (photo) => ({ photo, job: await followJob(running.url, photo.jobId, progress.update, signal) })),
    );
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error;
    throw new AppError('agent_timeout', `After ${patienceMs / 60_000} minutes some jobs have not ended.`, {
      hint: 'They are kept and go on with: pantry-queue up --data-dir … (the demo’s folder, named above).',
      cause: error,
    });
  } finally {
    done.abort();
    await watching;
  }
}

async function watchQueue(running: OwnerRecord, progress: Progress, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await liveJobs(running, signal).then(progress.queue, () => undefined);
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

function whereNext(dataDir: string): string {
  const program = process.argv[1] ?? '';
  const [keep, look] = program.split(path.sep).includes('node_modules')
    ? ['npx pantry-queue up', `npx pantry-queue up --data-dir ${dataDir}`]
    : ['npm start', `npm start -- --data-dir ${dataDir}`];
  return [
    'Where to look next',
    `  Run it to stay:      ${keep}   (dashboard and API at http://127.0.0.1:8000, with Temporal’s Web UI)`,
    `  These receipts:      ${look}`,
    `  From an agent (MCP): ${mcpLines(dataDir).stdio}`,
    `  Forget the demo:     rm -r ${dataDir}`,
  ].join('\n');
}

function secondsSince(begunAt: number): string {
  return `${((Date.now() - begunAt) / 1000).toFixed(1)} s`;
}

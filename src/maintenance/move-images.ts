import { createHash } from 'node:crypto';
import { type ImageStore, openImageStore } from '../blobs/open-store.ts';
import { S3_LIMITS } from '../blobs/s3-limits.ts';
import { type Config, readConfig } from '../config.ts';
import { AppError, isAppError } from '../contract/errors.ts';
import { atStart } from '../ledger/connection/start-up.ts';
import { createDb, type Db } from '../ledger/db.ts';
import { processesAlive, shareImageStore } from '../ledger/image-store.ts';
import { inParallel } from '../verify/in-parallel.ts';
import type { MoveReport } from '../words/move-report.ts';

export interface MoveFlags {
  readonly to: 'folder' | 's3';
  readonly dryRun?: boolean | undefined;
  /** The queue uses the other store from now on. */
  readonly switch?: boolean | undefined;
  /** Is told after each page how many images were looked at. */
  readonly onProgress?: (images: number) => void;
}

const PAGE = 500;
const PARALLEL = 8;
const SHOWN = 50;

/**
 * Copies every image that a receipt names from one store to the other, and reads each back. Nothing is removed from the
 * first. What was copied before is passed over, so it may be stopped and run again at any time, also while the queue runs.
 * @throws AppError invalid_argument, ledger_unavailable, storage_unavailable, storage_full, queue_running
 */
export async function moveImages(
  flags: MoveFlags,
  { images, databaseUrl }: Pick<Config, 'images' | 'databaseUrl'> = readConfig(),
): Promise<MoveReport> {
  if (images.s3 === undefined) {
    throw new AppError('invalid_argument', 'S3_ENDPOINT is not set, so there is one store of images only.', {
      hint: 'Set S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and IMAGE_DIR, whichever way the images go.',
    });
  }
  const db = createDb({ url: databaseUrl, maxConnections: PARALLEL, applicationName: 'pantry-queue migrate images' });
  const stores: ImageStore[] = [];
  const open = async (kind: MoveFlags['to']) => {
    const store = await atStart(() => openImageStore({ ...images, s3: kind === 's3' ? images.s3 : undefined }));
    stores.push(store);
    return store;
  };
  try {
    if (flags.switch === true && !flags.dryRun) await refuseWhileRunning(db);
    const from = await open(flags.to === 's3' ? 'folder' : 's3');
    const to = await open(flags.to);
    const report = await copyAll(db, { from, to }, flags);
    if (flags.switch !== true || flags.dryRun) return { ...report, switched: false };
    await shareImageStore(db, { inS3: flags.to === 's3', id: to.id, shown: to.shown });
    return { ...report, switched: true };
  } finally {
    for (const store of stores) await store.close();
    await db.close();
  }
}

/** What a process adds after the last look would stay behind. */
async function refuseWhileRunning(db: Db): Promise<void> {
  const running = await atStart(() => processesAlive(db));
  if (running === 0) return;
  throw new AppError('queue_running', `${running} processes of the queue run, and may add images meanwhile.`, {
    hint: 'Move without --switch while they run; stop them all, and move the rest with --switch.',
  });
}

type Copied = Omit<MoveReport, 'switched'>;

async function copyAll(
  db: Db,
  stores: { readonly from: ImageStore; readonly to: ImageStore },
  { dryRun = false, onProgress = () => {} }: MoveFlags,
): Promise<Copied> {
  const counts = { images: 0, moved: 0, movedBytes: 0, there: 0, missingCount: 0, changedCount: 0 };
  const missing: string[] = [];
  const changed: string[] = [];
  const note = (list: string[], path: string) => void (list.length < SHOWN && list.push(path));
  for (const type of db.kinds.list) {
    for (let after = 0, page = PAGE; page === PAGE; ) {
      const named = (await type.images?.(db, { after, limit: PAGE, only: undefined })) ?? [];
      page = named.length;
      after = named.at(-1)?.subject ?? after;
      const paths = new Set(
        named.map(({ path }) => path).filter((path) => path !== null && stores.from.blobs.owns(path)),
      );
      await inParallel(PARALLEL, paths, async (path) => {
        counts.images++;
        const outcome = await copyOne(path, stores, dryRun);
        if (outcome.kind === 'there') counts.there++;
        if (outcome.kind === 'moved') {
          counts.moved++;
          counts.movedBytes += outcome.bytes;
        }
        if (outcome.kind === 'missing') note(missing, path);
        if (outcome.kind === 'missing') counts.missingCount++;
        if (outcome.kind === 'changed') note(changed, path);
        if (outcome.kind === 'changed') counts.changedCount++;
      });
      onProgress(counts.images);
    }
  }
  return { ...counts, missing, changed };
}

type Outcome = { readonly kind: 'there' | 'missing' | 'changed' } | { readonly kind: 'moved'; readonly bytes: number };

async function copyOne(
  path: string,
  { from, to }: { readonly from: ImageStore; readonly to: ImageStore },
  dryRun: boolean,
): Promise<Outcome> {
  const [source, target] = [await from.blobs.read(path), await to.blobs.read(path)];
  if (target !== undefined && (source === undefined || source.size === target.size)) return { kind: 'there' };
  if (source === undefined) return { kind: 'missing' };
  if (dryRun) return { kind: 'moved', bytes: source.size };
  try {
    const { sha256, size } = await to.blobs.keep(path, source.bytes, S3_LIMITS.imageBytes);
    const kept = await to.blobs.read(path);
    if (kept === undefined || (await sha256Of(kept.bytes)) !== sha256) {
      throw new AppError('storage_unavailable', `What was stored of ${path} cannot be read back as it was.`);
    }
    return { kind: 'moved', bytes: size };
  } catch (error) {
    if (isAppError(error) && error.code === 'image_unreadable') return { kind: 'changed' };
    throw error;
  }
}

async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

import type { Subject } from '../contract/job.ts';
import type { JobType } from '../jobs/job-type.ts';
import type { Db } from '../ledger/db.ts';
import type { Blobs } from '../ports.ts';
import type { Findings } from './findings.ts';
import { inParallel } from './in-parallel.ts';

export type ImageView = Pick<Blobs, 'exists'>;

const PAGE = 1_000;
const PARALLEL = 16;

/**
 * Looks for every image that the subjects of any kind name.
 * @param of one subject only
 * @returns how many were looked for
 * @throws AppError storage_unavailable, ledger_unavailable
 */
export async function judgeImages(
  db: Db,
  findings: Findings,
  images: ImageView,
  of: Subject | undefined,
): Promise<number> {
  let looked = 0;
  for (const type of db.kinds.list) {
    if (of === undefined || of.kind === type.kind) looked += await judgeKind(db, type, findings, images, of?.subject);
  }
  return looked;
}

async function judgeKind(
  db: Db,
  { words, ...type }: JobType,
  findings: Findings,
  images: ImageView,
  only: number | undefined,
): Promise<number> {
  let looked = 0;
  for (let after = 0, page = PAGE; page === PAGE; ) {
    const named = (await type.images?.(db, { after, limit: PAGE, only })) ?? [];
    page = named.length;
    after = named.at(-1)?.subject ?? after;
    looked += named.length;
    await inParallel(PARALLEL, named, async ({ subject, path }) => {
      if (!(await images.exists(path))) findings.add('image_missing', [words.subject(subject)]);
    });
  }
  return looked;
}

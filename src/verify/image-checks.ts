import type { Db } from '../ledger/db.ts';
import type { Blobs } from '../ports.ts';
import type { Findings } from './findings.ts';
import { inParallel } from './in-parallel.ts';

export type ImageView = Pick<Blobs, 'exists'>;

const PAGE = 1_000;
const PARALLEL = 16;

/**
 * Looks for the image of every receipt.
 * @returns how many were looked for
 * @throws AppError storage_unavailable, ledger_unavailable
 */
export async function judgeImages(
  db: Db,
  findings: Findings,
  images: ImageView,
  scope: { receiptId: number | undefined },
): Promise<number> {
  let looked = 0;
  for (let after = 0, page = PAGE; page === PAGE; ) {
    const receipts = await db.query<{ id: number; image_path: string }>(
      `select id, image_path::text from public.receipts where id > $1::bigint and ($3::bigint is null or id = $3)
       order by id limit $2`,
      [after, PAGE, scope.receiptId ?? null],
    );
    page = receipts.length;
    after = receipts.at(-1)?.id ?? after;
    looked += receipts.length;
    await inParallel(PARALLEL, receipts, async ({ id, image_path }) => {
      if (!(await images.exists(image_path))) findings.add('image_missing', [`receipt ${id}`]);
    });
  }
  return looked;
}

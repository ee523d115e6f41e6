import type { Db } from './db.ts';

/** Whatever comes of it, it is not tried again sooner. */
const NEXT_TRY_S = 60;

const CLAIM = `
update pantry_queue.image_removals i set next_try_at = now() + interval '${NEXT_TRY_S} seconds'
where (i.tenant_id, i.image_path) in (
  select tenant_id, image_path from pantry_queue.image_removals
  where next_try_at <= now() order by next_try_at limit $1 for update skip locked)
returning i.tenant_id, i.image_path`;

/**
 * Removes the images of deleted receipts, also of those that an application deleted by SQL.
 * @param remove leaves alone what another receipt names
 * @throws what the first of them threw: each is tried again
 */
export async function removeImages(
  db: Db,
  remove: (imagePath: string) => Promise<boolean>,
  limit: number,
): Promise<void> {
  const rows = await db.query<{ tenant_id: string; image_path: string }>(CLAIM, [limit]);
  const results = await Promise.allSettled(
    rows.map(async ({ tenant_id, image_path }) => {
      await remove(image_path);
      await db.query('delete from pantry_queue.image_removals where tenant_id = $1 and image_path = $2', [
        tenant_id,
        image_path,
      ]);
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

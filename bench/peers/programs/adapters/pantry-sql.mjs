import { openReceipts } from './own-receipts.mjs';

/** The same queue, asked by statements of an application; what it accepts runs as above. */
export const acceptsOnly = true;

export async function open() {
  const { db, prepare, take } = openReceipts();
  return {
    prepare,
    async enqueue() {
      const { rows } = await db.query('select job_id from pantry_queue.enqueue_ocr($1)', take(1));
      return rows[0].job_id;
    },
    batch: async (jobs) =>
      void (await db.query('select count(*) from pantry_queue.enqueue_ocr_batch($1)', [take(jobs.length)])),
    close: () => db.end(),
  };
}

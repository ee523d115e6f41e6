/**
 * Is the row that stands there now the receipt that a job was made for? `functions/same-receipt.sql` says it; here its
 * calls for the aliases of a row of `pantry_queue.jobs` and of `public.receipts`.
 */

const madeOf = (receipt: string) => `extract(epoch from ${receipt}.created_at)`;

/** The same row: it was not deleted and its id given to another. */
export const sameRow = (job: string, receipt: string) =>
  `pantry_queue.is_same_row(${job}.params, ${job}.orphaned_at, ${madeOf(receipt)})`;

/** The same row, of the same owner: what its job says may be shown. */
export const sameReceipt = (job: string, receipt: string) =>
  `(${receipt}.user_id = ${job}.user_id and ${sameRow(job, receipt)})`;

/** The same receipt with the same image: a reading of the job is one of this receipt. */
export const sameImage = (job: string, receipt: string) =>
  `pantry_queue.is_same_image(${job}.params, ${job}.user_id, ${job}.orphaned_at,
    ${receipt}.image_path::text, ${receipt}.user_id, ${madeOf(receipt)})`;

/** As a condition of a statement that changes a job. */
export const receiptStands = (job: string) =>
  `exists (select from public.receipts r where r.id = ${job}.subject and ${sameImage(job, 'r')})`;

/** The code that ends a live job whose receipt is not what it was made for; null where it is. `receipt` may be absent. */
export const endingCode = (job: string, receipt: string) => `case
    when ${receipt}.id is null or not ${sameRow(job, receipt)} then 'receipt_deleted'
    when not coalesce(${sameImage(job, receipt)}, false) then 'receipt_changed' end`;

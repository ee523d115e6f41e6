import { job } from '../contract/fields.ts';
import { duplicateFields } from '../contract/operations/add-receipt.ts';
import { receipt } from '../contract/operations/receipts.ts';
import type { AddedReceipt, Upload } from '../contract/queue-api.ts';
import { checked } from './answer.ts';
import { formOf } from './form.ts';
import { keyHeader, traceHeader } from './headers.ts';
import type { ClientContext } from './queue-client.ts';
import type { Transport } from './transport.ts';

/** Of an upload: how long nothing of it may be taken, and how long its answer may come late. */
const UPLOAD_SILENT_MS = 120_000;

const addedReceipt = receipt.pick({ id: true }).extend({ job, ...duplicateFields });

/** Uploads a receipt; its bytes are sent while they are read. */
export async function addReceipt(
  { base, request }: Transport,
  upload: Upload,
  context: ClientContext,
): Promise<AddedReceipt> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), UPLOAD_SILENT_MS);
  const form = formOf(upload, () => timer.refresh());
  const key = upload.idempotency?.key;
  // Streams: no file is ever whole in memory. `duplex` is what fetch asks for then.
  const headers = { ...traceHeader(context), 'content-type': form.contentType, ...keyHeader(key) };
  const init = { method: 'POST', body: form.body, headers, duplex: 'half' } as const;
  const answer = await request('/receipts', init, UPLOAD_SILENT_MS, context.signal, silent.signal)
    .catch((error: unknown) => {
      // The bytes' own failure (a file that cannot be read) breaks the request off, and is the better story.
      throw form.failure() ?? error;
    })
    .finally(() => clearTimeout(timer));
  const { id: _, ...told } = checked(addedReceipt, answer, base);
  return { receipt: checked(receipt, answer, base), ...told };
}

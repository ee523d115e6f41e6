import { checkInput } from '../contract/check-input.ts';
import { type ReceiptExport, receiptExport } from '../contract/export.ts';

/** How long nothing of a file may arrive. */
const SILENT_MS = 60_000;

/** How a client asks for a file. */
interface Door {
  open(input: ReceiptExport, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** @param limitMs the silence after which it was given up */
  cut(error: unknown, limitMs: number | undefined): Error;
}

/**
 * The bytes of a CSV file as they come.
 * @throws AppError what the queue refuses, and queue_unreachable where the file was cut: what came is a part then
 */
export async function* exportedBytes(
  input: ReceiptExport,
  signal: AbortSignal | undefined,
  { open, cut }: Door,
): AsyncGenerator<Uint8Array> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, SILENT_MS);
  signal?.addEventListener('abort', end, { once: true });
  try {
    for await (const bytes of await open(checkInput(receiptExport.input, input), ending.signal)) {
      timer.refresh();
      yield bytes;
    }
  } catch (error) {
    throw cut(error, ending.signal.aborted && !signal?.aborted ? SILENT_MS : undefined);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
}

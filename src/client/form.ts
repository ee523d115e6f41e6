import type { Upload } from '../contract/queue-api.ts';

export interface StreamedForm {
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
  /** What reading the image's bytes failed with, if it did. */
  failure(): unknown;
}

/**
 * An upload as multipart/form-data that is written while it is sent.
 * @param onProgress called whenever more of it is taken
 */
export function formOf(upload: Upload, onProgress: () => void = () => undefined): StreamedForm {
  const boundary = `pantry-queue-${crypto.randomUUID()}`;
  const encoder = new TextEncoder();
  const part = (disposition: string) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
  const fields = [
    ...(upload.purchase_date === undefined ? [] : [['purchase_date', upload.purchase_date]]),
    ...(upload.user_id === undefined ? [] : [['user_id', String(upload.user_id)]]),
    ...(upload.priority === undefined ? [] : [['priority', upload.priority]]),
    ...(upload.allow_duplicate === undefined ? [] : [['allow_duplicate', String(upload.allow_duplicate)]]),
  ].map(([name, value]) => `${part(`name="${name}"`)}\r\n${value}\r\n`);
  // The server sniffs the type and ignores the name; a form's file must have one.
  const head = `${fields.join('')}${part('name="file"; filename="receipt"')}Content-Type: application/octet-stream\r\n\r\n`;

  let failed: unknown;
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield encoder.encode(head);
    try {
      yield* upload.bytes;
    } catch (error) {
      failed = error;
      throw error;
    }
    yield encoder.encode(`\r\n--${boundary}--\r\n`);
  }
  const chunks = parts();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      onProgress();
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  return { contentType: `multipart/form-data; boundary=${boundary}`, body, failure: () => failed };
}

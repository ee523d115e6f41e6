import type { Job } from '../../src/contract/fields.ts';
import { CallProblem, problemOfAnswer } from './problem.ts';

/** What became of one file. */
export interface Uploaded {
  readonly id: number;
  readonly job_id: string;
  readonly job: Job;
  readonly deduplicated: boolean;
}

/** While a file is sent, how much of it; longest time without any progress. */
const SILENT_MS = 60_000;

/**
 * Sends one file; XMLHttpRequest alone tells how far it is. The same key makes a second try find what the first has done.
 * @throws CallProblem
 */
export function uploadReceipt(
  file: File,
  options: {
    readonly key: string;
    readonly purchaseDate?: string | undefined;
    readonly onProgress: (part: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const failed = (detail: string) => reject(new CallProblem({ detail }));
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        failed('Nothing of the file was taken for a minute.');
        call.abort();
      }, SILENT_MS);
    };
    call.upload.onprogress = ({ loaded, total }) => {
      watch();
      options.onProgress(total === 0 ? 0 : loaded / total);
    };
    call.onload = () => {
      const body = jsonOf(call.responseText);
      if (call.status >= 200 && call.status < 300) resolve(body as Uploaded);
      else reject(problemOfAnswer(call.status, body));
    };
    call.onerror = () => failed('The server could not be reached.');
    call.onabort = () => failed('The upload was stopped.');
    call.onloadend = () => clearTimeout(timer);
    options.signal.addEventListener('abort', () => call.abort(), { once: true });

    const form = new FormData();
    if (options.purchaseDate) form.append('purchase_date', options.purchaseDate);
    form.append('file', file, file.name);
    call.open('POST', '/receipts');
    call.setRequestHeader('accept', 'application/json');
    call.setRequestHeader('idempotency-key', options.key);
    watch();
    call.send(form);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { open } from 'node:fs/promises';
import { z } from 'zod';
import { checkInput, invalidArgument } from '../contract/check-input.ts';
import { AppError, isAppError } from '../contract/errors.ts';
import { userId } from '../contract/fields.ts';
import { LIMITS, UPLOAD_PACE } from '../contract/policies.ts';
import { checkPurchaseDate } from '../contract/purchase-date.ts';
import type { AddedReceipt, QueueApi } from '../contract/queue-api.ts';
import { type Form, receiveForm } from './form.ts';
import type { Pace } from './pace.ts';
import { jsonResponse } from './problem.ts';
import { valuesOf } from './read-input.ts';
import type { Call, Route } from './route.ts';

export interface UploadDeps {
  readonly queue: QueueApi;
  readonly spoolDir: string;
  /** Default: UPLOAD_PACE. */
  readonly uploadPace?: Pace | undefined;
  /** Reads an image to its end and says what is wrong with it; the bulk route looks at all before it stores any. */
  checkImage(bytes: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: AsyncIterable<Uint8Array> }>;
}

/** An upload by form: its image is stored, its receipt made, its job queued. */
export function uploadRoutes(deps: UploadDeps): Route[] {
  return [
    {
      method: 'POST',
      path: '/receipts',
      scope: 'jobs:write',
      summary:
        'Upload one receipt: multipart/form-data with file, and optionally purchase_date (YYYY-MM-DD) and user_id.',
      handle: (call) => addOne(deps, call),
    },
    {
      method: 'POST',
      path: '/receipts/bulk',
      scope: 'jobs:write',
      summary: `Upload up to ${LIMITS.bulkFiles} receipts of one day: the part files, once for each.`,
      handle: (call) => addMany(deps, call),
    },
  ];
}

const formFields = z.strictObject({ purchase_date: z.string().optional(), user_id: userId.optional() });

interface UploadFields {
  readonly purchaseDate: string | undefined;
  readonly userId: number | undefined;
}

function readFields(form: Form): UploadFields {
  const { purchase_date, user_id } = checkInput(formFields, valuesOf(formFields, form.fields));
  // Forms on pages send a date that nobody filled in as an empty text.
  const purchaseDate = purchase_date ? checkPurchaseDate(purchase_date, Date.now()) : undefined;
  return { purchaseDate, userId: user_id };
}

async function addOne(deps: UploadDeps, call: Call): Promise<Response> {
  const form = await receiveForm(call, {
    spoolDir: deps.spoolDir,
    fileField: 'file',
    maxFiles: 1,
    pace: deps.uploadPace ?? UPLOAD_PACE,
  });
  try {
    const [file] = form.files;
    if (file === undefined)
      throw invalidArgument('file', 'required', 'file is missing: the form must hold exactly one.');
    const { purchaseDate, userId } = readFields(form);
    const { receipt, job } = await withBytes(file, (bytes) =>
      deps.queue.addReceipt({ bytes, purchaseDate, userId }, call.get('callContext')),
    );
    return jsonResponse({ ...receipt, job_id: job.job_id, job }, 201, { location: `/receipts/${receipt.id}` });
  } finally {
    await form.remove();
  }
}

async function addMany(deps: UploadDeps, call: Call): Promise<Response> {
  const form = await receiveForm(call, {
    spoolDir: deps.spoolDir,
    fileField: 'files',
    maxFiles: LIMITS.bulkFiles,
    pace: deps.uploadPace ?? UPLOAD_PACE,
  });
  try {
    if (form.files.length === 0) {
      throw invalidArgument('files', 'required', 'files is missing: the form must hold at least one.');
    }
    const { purchaseDate, userId } = readFields(form);
    for (const [index, file] of form.files.entries()) await checkFile(deps, file, index);

    const added: AddedReceipt[] = [];
    for (const file of form.files) {
      added.push(
        await withBytes(file, (bytes) =>
          deps.queue.addReceipt({ bytes, purchaseDate, userId }, call.get('callContext')),
        ).catch((error: unknown) => {
          throw afterSome(error, added, form.files.length);
        }),
      );
    }
    return jsonResponse(
      {
        total: form.files.length,
        queued: added.length,
        job_ids: added.map(({ job }) => job.job_id),
        receipt_ids: added.map(({ receipt }) => receipt.id),
      },
      201,
    );
  } finally {
    await form.remove();
  }
}

/** A refusal may come before the file is read to its end; open, it would keep its room on the disk although it is removed. */
async function withBytes<T>(file: string, use: (bytes: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  const handle = await open(file);
  try {
    return await use(handle.createReadStream());
  } finally {
    await handle.close();
  }
}

async function checkFile(deps: UploadDeps, file: string, index: number): Promise<void> {
  try {
    await withBytes(file, async (bytes) => {
      for await (const _chunk of (await deps.checkImage(bytes)).bytes);
    });
  } catch (error) {
    if (!isAppError(error)) throw error;
    const message = `File ${index + 1}: ${error.message} No receipt was added.`;
    throw new AppError(error.code, message, {
      hint: error.hint,
      fields: [{ pointer: `/files/${index}`, code: error.code, message: error.message }],
    });
  }
}

/** The store or the database failed on the way: say what has been accepted, so that it is not uploaded twice. */
function afterSome(error: unknown, added: readonly AddedReceipt[], total: number): unknown {
  if (!isAppError(error) || added.length === 0) return error;
  const jobIds = added.map(({ job }) => job.job_id).join(', ');
  return new AppError(
    error.code,
    `${error.message} ${added.length} of ${total} receipts were added before: ${jobIds}.`,
    {
      hint: `Upload only the files from number ${added.length + 1} on.`,
      ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
      cause: error,
    },
  );
}

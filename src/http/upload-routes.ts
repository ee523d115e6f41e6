import { z } from 'zod';
import { checkInput, invalidArgument } from '../contract/check-input.ts';
import { ERRORS, toAppError } from '../contract/errors.ts';
import { uploadFields } from '../contract/operations/add-receipt.ts';
import { LIMITS, UPLOAD_PACE, UPLOAD_SPOOL } from '../contract/policies.ts';
import type { AddedReceipt, QueueApi } from '../contract/queue-api.ts';
import type { Log } from '../ports.ts';
import { type FileOutcome, refusedOutcome, resultOf } from './bulk-result.ts';
import { type Form, type FormFile, receiveForm } from './form.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { noteError } from './note-error.ts';
import type { Pace } from './pace.ts';
import { jsonResponse } from './problem.ts';
import { valuesOf } from './read-input.ts';
import type { Call, Route } from './route.ts';
import { bytesOfFile, createSpool, type Spool, type SpoolBudget } from './spool.ts';

export interface UploadDeps {
  readonly queue: QueueApi;
  readonly spoolDir: string;
  readonly log: Log;
  /** Default: UPLOAD_PACE. */
  readonly uploadPace?: Pace | undefined;
  /** Default: UPLOAD_SPOOL. */
  readonly spoolBudget?: SpoolBudget | undefined;
  /** @throws AppError where the address takes no photo */
  openUpload(token: string): Promise<{
    add(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<AddedReceipt>;
  }>;
  /** Passes a file's bytes on, and throws as soon as they cannot become an image that is taken. */
  passImage(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** An upload by form: its image is stored, its receipt made, its job queued. */
export function uploadRoutes(given: UploadDeps): Route[] {
  const deps = { ...given, spool: createSpool(given.spoolBudget ?? UPLOAD_SPOOL) };
  return [
    {
      method: 'POST',
      path: '/receipts',
      does: 'addReceipt',
      summary:
        'Upload one receipt: multipart/form-data with file, and optionally purchase_date (YYYY-MM-DD) and user_id.',
      handle: (call) => addOne(deps, call),
    },
    {
      method: 'POST',
      path: '/receipts/bulk',
      does: 'addReceipt',
      summary: `Upload up to ${LIMITS.bulkFiles} receipts: the part files, once for each. Each file has a result of its own.`,
      handle: (call) => addMany(deps, call),
    },
    {
      method: 'POST',
      path: '/uploads/{token}',
      // The token says for whom.
      does: undefined,
      isOpen: true,
      summary: 'Upload one receipt to an address of create_upload: multipart/form-data with file.',
      handle: (call) => addByAddress(deps, call),
    },
  ];
}

type SpoolingDeps = UploadDeps & { readonly spool: Spool };

function readFields(form: Form): z.infer<typeof uploadFields> {
  // Forms on pages send a date that nobody filled in as an empty text.
  const given = new Map([...form.fields].filter(([name, text]) => name !== 'purchase_date' || text !== ''));
  return checkInput(uploadFields, valuesOf(uploadFields, given));
}

async function addOne(deps: SpoolingDeps, call: Call): Promise<Response> {
  const key = idempotencyKeyOf(call);
  return withOneFile(deps, call, (bytes, form) =>
    deps.queue.addReceipt(
      { ...readFields(form), bytes, idempotency: key === undefined ? undefined : { key } },
      call.get('callContext'),
    ),
  );
}

async function addByAddress(deps: SpoolingDeps, call: Call): Promise<Response> {
  // Before anything is received.
  const address = await deps.openUpload(call.req.param('token') ?? '');
  return withOneFile(deps, call, (bytes, { fields }) => {
    checkInput(z.strictObject({}), Object.fromEntries(fields));
    return address.add(bytes, call.get('callContext').signal);
  });
}

async function withOneFile(
  deps: SpoolingDeps,
  call: Call,
  add: (bytes: AsyncIterable<Uint8Array>, form: Form) => Promise<AddedReceipt>,
): Promise<Response> {
  const form = await receiveForm(call, {
    spoolDir: deps.spoolDir,
    fileField: 'file',
    maxFiles: 1,
    pace: deps.uploadPace ?? UPLOAD_PACE,
    spool: deps.spool,
    pass: deps.passImage,
    allOrNone: true,
  });
  try {
    const [file] = form.files;
    if (file === undefined)
      throw invalidArgument('file', 'required', 'file is missing: the form must hold exactly one.');
    const { receipt, job, ...told } = await add(bytesOfFile(file.path), form);
    return jsonResponse({ ...receipt, job_id: job.job_id, job, ...told }, told.deduplicated ? 200 : 201, {
      location: `/receipts/${receipt.id}`,
    });
  } finally {
    await form.remove();
  }
}

async function addMany(deps: SpoolingDeps, call: Call): Promise<Response> {
  const key = idempotencyKeyOf(call);
  const form = await receiveForm(call, {
    spoolDir: deps.spoolDir,
    fileField: 'files',
    maxFiles: LIMITS.bulkFiles,
    pace: deps.uploadPace ?? UPLOAD_PACE,
    spool: deps.spool,
    pass: deps.passImage,
    allOrNone: false,
  });
  try {
    if (form.files.length === 0) {
      throw invalidArgument('files', 'required', 'files is missing: the form must hold at least one.');
    }
    const fields = readFields(form);
    const add = async (file: FormFile, index: number): Promise<FileOutcome> => {
      if (file.refusal) return refusedOutcome(file, index, file.refusal);
      // The key of each file: what was added before a request was cut is found again, and the rest goes on.
      const idempotency = key === undefined ? undefined : { key, file: { index, of: form.files.length } };
      try {
        const added = await deps.queue.addReceipt(
          { ...fields, bytes: bytesOfFile(file.path), idempotency },
          call.get('callContext'),
        );
        return { file: index, name: file.name, added };
      } catch (error) {
        const refused = toAppError(error);
        noteError(deps.log, call.get('requestId'), refused);
        return refusedOutcome(file, index, refused);
      }
    };
    const outcomes: FileOutcome[] = [];
    for (const [index, file] of form.files.entries()) {
      const last = outcomes.at(-1);
      // A store or a database that is away is not asked fifty times.
      const isAway = last !== undefined && 'error' in last && ERRORS[last.error.code].http >= 500;
      outcomes.push(isAway ? refusedOutcome(file, index, last.error) : await add(file, index));
    }
    const { status, body } = resultOf(outcomes);
    return jsonResponse(body, status);
  } finally {
    await form.remove();
  }
}

import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { invalidArgument } from '../contract/check-input.ts';
import { cleanLine, quoted } from '../contract/clean-text.ts';
import { AppError, ERRORS, isAppError } from '../contract/errors.ts';
import { LIMITS } from '../contract/policies.ts';
import { bodyOf, refuseCompressed } from './body.ts';
import { PatientRequest } from './early-answer.ts';
import { type Pace, watchPace } from './pace.ts';
import type { Call } from './route.ts';
import type { Spool, SpoolEntry } from './spool.ts';

/** A form that has arrived whole: its files lie in a folder of their own until `remove`. */
export interface Form {
  readonly fields: ReadonlyMap<string, string>;
  /** In the order in which they came. */
  readonly files: readonly FormFile[];
  remove(): Promise<void>;
}

export interface FormFile {
  /** What the client calls it; only ever shown to that client. */
  readonly name: string;
  readonly path: string;
  /** Why it was not received to its end, in a form that goes on all the same. */
  readonly refusal: AppError | undefined;
}

export interface FormOptions {
  /** On the disk that holds the images, so that an upload that fits here fits there. */
  readonly spoolDir: string;
  /** The part that holds the file, or each of the files. */
  readonly fileField: string;
  readonly maxFiles: number;
  readonly pace: Pace;
  readonly spool: Spool;
  /** Passes a file's bytes on; what it throws refuses the file. */
  pass(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Does one refused file refuse the form? */
  readonly allOrNone: boolean;
}

/** On the body of a form that must make room for others. */
const REFUSED = Symbol('refused');

const FORM = { fields: 10, fieldBytes: 1_024, headerBytes: 8_192, headerPairs: 20 } as const;
/** Boundaries, part headers and fields beside the files themselves. */
const OVERHEAD_BYTES = 64 * 1_024;

/**
 * Reads multipart/form-data, its files to disk as they come.
 * @throws AppError unsupported_media_type, malformed_request, body_too_large, image_too_large, request_timeout,
 *   invalid_argument (too many files or fields), storage_full; nothing stays on disk then
 */
export async function receiveForm(call: Call, options: FormOptions): Promise<Form> {
  const parser = createParser(call.req.raw, options);
  const folder = await mkdtemp(nodePath.join(options.spoolDir, 'form-')).catch((error: unknown) => {
    throw spoolError(error);
  });
  const body = bodyOf(call);
  const entry = options.spool.enter((error) => setImmediate(() => body.emit(REFUSED, error)));
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    entry.leave();
  };
  try {
    return { ...(await parse(body, parser, folder, { ...options, entry })), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function createParser(request: Request, { maxFiles, fileField }: FormOptions): BusboyInstance {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new AppError(
      'unsupported_media_type',
      `The body must be multipart/form-data with a boundary, not ${quoted(contentType)}.`,
      { hint: `Send the image as a form: curl -F ${fileField}=@receipt.jpg …` },
    );
  }
  refuseCompressed(request.headers);
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > maxFiles * LIMITS.uploadBytes + OVERHEAD_BYTES) throw tooLarge(fileField);
  try {
    return new Busboy({
      headers: { 'content-type': contentType } as BusboyHeaders,
      // A part of this name is the file, also from a client that sends no file name.
      isPartAFile: (name, type, fileName) =>
        name === fileField || type === 'application/octet-stream' || fileName !== undefined,
      limits: {
        files: maxFiles,
        fileSize: LIMITS.uploadBytes,
        fields: FORM.fields,
        fieldSize: FORM.fieldBytes,
        parts: maxFiles + FORM.fields + 1,
        headerSize: FORM.headerBytes,
        headerPairs: FORM.headerPairs,
      },
    });
  } catch (error) {
    throw new AppError('malformed_request', 'The form has no usable boundary.', { cause: error });
  }
}

function parse(
  body: Readable,
  parser: BusboyInstance,
  folder: string,
  { fileField, maxFiles, pace, pass, allOrNone, entry }: FormOptions & { readonly entry: SpoolEntry },
): Promise<{ fields: Map<string, string>; files: FormFile[] }> {
  const fields = new Map<string, string>();
  const files: FormFile[] = [];
  const incoming = new Set<BusboyFileStream>();
  const writes: Promise<void>[] = [];
  /** Parts that the parser has told of. */
  let told = 0;

  return new Promise((resolve, reject) => {
    let settled = false;
    if (body instanceof PatientRequest) body.takeTime();
    const stopWatch = watchPace(body, pace, (how) => fail(tooSlow(how)));

    /** The parser waits for ever for a reader of a large part that is none of a form; only a file may keep it waiting. */
    function failWhenStuck(): void {
      setImmediate(() => {
        if (incoming.size > 0 || !(body.readableEnded || parser.writableNeedDrain)) return;
        fail(noPartOfForm());
      });
    }
    function settle(): boolean {
      if (settled) return false;
      settled = true;
      stopWatch();
      return true;
    }
    function fail(error: unknown): void {
      if (!settle()) return;
      body.unpipe(parser);
      for (const stream of incoming) stream.destroy(new Error('the form was refused'));
      // The folder is removed next: no write may still be on its way into it.
      void Promise.allSettled(writes).then(() => reject(formError(error)));
    }

    /** The parser types every name as a text, and gives `undefined` for a part without one. */
    function isUnnamed(name: string | undefined): boolean {
      if (name === undefined) fail(new AppError('unknown_argument', 'A part of the form has no name.'));
      return name === undefined;
    }

    parser.on('file', (name, stream, fileName) => {
      told++;
      // An aborted part must never become an unhandled error.
      stream.on('error', () => undefined);
      if (name !== fileField) {
        stream.resume();
        if (!isUnnamed(name)) fail(unknownPart(name));
        return;
      }
      const index = files.length;
      const file = {
        name: cleanLine(fileName ?? '', 120),
        path: nodePath.join(folder, `${index}`),
        refusal: undefined,
      };
      files.push(file);
      incoming.add(stream);
      function refuse(error: unknown): void {
        if (allOrNone || !isAppError(error) || ERRORS[error.code].http >= 500) fail(error);
        else {
          files[index] = { ...file, refusal: error };
          stream.resume();
        }
      }
      stream.once('limit', () => refuse(tooLarge(fileField)));
      const write = writeTo(file.path, stream, pass)
        .catch((error: unknown) => refuse(settled ? error : spoolError(error)))
        .finally(() => {
          incoming.delete(stream);
          failWhenStuck();
        });
      writes.push(write);
    });
    parser.on('field', (name, value, _nameCut, valueCut) => {
      told++;
      if (isUnnamed(name)) return;
      if (fields.has(name))
        return fail(
          invalidArgument(cleanLine(name, 60), 'repeated', `${cleanLine(name, 60)} is given more than once.`),
        );
      if (valueCut)
        return fail(
          invalidArgument(
            cleanLine(name, 60),
            'too_big',
            `${cleanLine(name, 60)} is longer than ${FORM.fieldBytes} bytes.`,
          ),
        );
      fields.set(name, value);
    });
    parser.once('filesLimit', () => fail(tooManyFiles(fileField, maxFiles)));
    parser.once('fieldsLimit', () =>
      fail(new AppError('invalid_argument', `The form has more than ${FORM.fields} fields.`)),
    );
    parser.once('partsLimit', () => fail(new AppError('invalid_argument', 'The form has too many parts.')));
    parser.on('error', fail);
    parser.once('finish', () => {
      if (partsIn(parser) !== told) return fail(noPartOfForm());
      void Promise.all(writes).then(() => {
        if (!settle()) return;
        entry.arrived();
        resolve({ fields, files });
      });
    });
    body.on('data', (chunk: Uint8Array) => {
      entry.received(chunk.length);
      failWhenStuck();
    });
    body.once(REFUSED, fail);
    body.once('end', failWhenStuck);
    body.on('error', fail);
    body.once('close', () => {
      if (!body.readableEnded) fail(new Error('the sender has gone'));
    });
    // The sender may have gone while the folder was made: nothing more would ever be said then.
    if (body.destroyed) fail(new Error('the sender has gone'));
    body.pipe(parser);
  });
}

/** The parser leaves out what is no part of a form, and says so only by this count, which no type of it knows. */
function partsIn(parser: BusboyInstance): number {
  return (parser as unknown as { readonly _parser: { readonly _nparts: number } })._parser._nparts;
}

/** Not stream.pipeline: that one waits for ever when a part is destroyed between its last byte and its end. */
async function writeTo(file: string, stream: BusboyFileStream, pass: FormOptions['pass']): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    // A refused file is not destroyed: its parser would wait for ever for a reader.
    await writeFile(handle, pass(stream.iterator({ destroyOnReturn: false })));
  } finally {
    await handle.close();
  }
}

function formError(error: unknown): AppError {
  if (isAppError(error)) return error;
  return new AppError('malformed_request', 'The form ends in the middle, or is not well-formed.', { cause: error });
}

function noPartOfForm(): AppError {
  return new AppError('malformed_request', 'A part of the form is no field and no file.');
}

function spoolError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('storage_full', 'The image store has no room left.', { retryAfterS: 60, cause: error });
  }
  // Parser errors reach a file's stream too; only what the disk said is the disk's.
  return /^E[A-Z]+$/.test(code) && code !== 'ECONNRESET'
    ? new AppError('storage_unavailable', 'The image store cannot be used now.', { retryAfterS: 5, cause: error })
    : error;
}

function tooLarge(fileField: string): AppError {
  const message = `The file is larger than ${LIMITS.uploadBytes / 1024 / 1024} MB.`;
  return new AppError('image_too_large', message, {
    fields: [{ pointer: `/${fileField}`, code: 'image_too_large', message }],
  });
}

function tooManyFiles(fileField: string, maxFiles: number): AppError {
  const most = maxFiles === 1 ? 'exactly one file' : `at most ${maxFiles} files`;
  return invalidArgument(fileField, 'too_many', `The form must hold ${most} in ${fileField}.`);
}

function unknownPart(name: string): AppError {
  const message = `The form has a file in ${quoted(name)}, which is no argument here.`;
  return new AppError('unknown_argument', message, {
    fields: [{ pointer: `/${cleanLine(name, 60)}`, code: 'unknown', message }],
  });
}

function tooSlow(how: string): AppError {
  return new AppError('request_timeout', `The upload is too slow: ${how}.`);
}

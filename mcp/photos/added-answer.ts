import path from 'node:path';
import { cleanLine } from '../../src/contract/clean-text.ts';
import { FORMATS_OR } from '../../src/contract/image-formats.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import { hintForModels } from '../../src/words/hints-for-models.ts';
import type { Answer, NextCall } from '../answer.ts';
import type { AddedPhotos } from './add-photos.ts';

const SHOWN_IDS = 20;
const SHOWN_REFUSALS = 10;
const MAX_NAME_CHARS = 60;
/** Of the call that goes on: it must not fill the answer. */
const MAX_CALL_BYTES = 400;

export interface Added extends AddedPhotos {
  readonly batch_id: string | undefined;
  /** Photos that were found and not looked at. */
  readonly left: number;
  /** The call that goes on with them. */
  readonly next: NextCall;
}

/** What came of each photo, and the call to make next. */
export function addedAnswer({ added, refused, batch_id, left, next }: Added): Answer {
  const duplicates = added.filter(({ deduplicated }) => deduplicated).length;
  const differing = added.filter(({ differs }) => differs?.includes('purchase_date')).length;
  const hasNext = left > 0 && isShort(next);
  const shown = refused.slice(0, SHOWN_REFUSALS);
  return {
    summary: [
      sumUp(added.length - duplicates, duplicates, refused.length),
      ...(differing === 0 ? [] : [`Of ${differing} of them another purchase_date is known, which stays.`]),
      ...(left === 0 ? [] : [`${left} more photos are there.`]),
      ...(left === 0 || hasNext ? [] : ['Call again with the same paths and this cursor.']),
    ].join(' '),
    next: hasNext ? next : waitFor(added, batch_id),
    batch_id,
    added: added.length - duplicates,
    duplicates,
    left: left === 0 ? null : left,
    cursor: left === 0 || hasNext ? null : next.arguments.cursor,
    hint: refused[0] && hintForModels(refused[0].error.code, refused[0].error.hint),
    job_ids: added.slice(0, SHOWN_IDS).map(({ job }) => job.job_id),
    refused: shown.map(({ error }, at) => ({ n: at + 1, code: error.code, reason: error.message })),
    from_receipt_untrusted:
      shown.length === 0
        ? undefined
        : { refused_files: shown.map(({ path: place }, at) => `${at + 1}: ${nameOf(place)}`) },
  };
}

function sumUp(added: number, duplicates: number, refused: number): string {
  if (added + duplicates + refused === 0) return `No ${FORMATS_OR} file is there.`;
  const known = duplicates === 0 ? '' : `, ${duplicates} ${duplicates === 1 ? 'was' : 'were'} there already`;
  return `${photos(added)} added and queued${known}${refused === 0 ? '' : `, ${refused} refused`}.`;
}

const photos = (many: number) => (many === 1 ? '1 photo was' : `${many} photos were`);

/** One photo is waited for by its job, whose status tells what was read. */
function waitFor(added: AddedPhotos['added'], batch_id: string | undefined): NextCall | undefined {
  const [first, another] = added;
  if (batch_id === undefined || !first) return undefined;
  const which = another ? { batch_id } : { job_id: first.job.job_id };
  return { tool: 'get_job_status', arguments: { ...which, wait_seconds: LIMITS.askSeconds } };
}

/** A path is given back only as it was: one that must be cleaned would name another file. */
function isShort({ arguments: args }: NextCall): boolean {
  const text = JSON.stringify(args);
  return (
    Buffer.byteLength(text) <= MAX_CALL_BYTES && (args.paths as string[]).every((one) => cleanLine(one, 700) === one)
  );
}

const nameOf = (place: string) => cleanLine(path.basename(place), MAX_NAME_CHARS);

import { z } from 'zod';
import { batchId, jobId, priority, receiptId } from '../../src/contract/fields.ts';
import { jobFilter } from '../../src/contract/job-filter.ts';

/** Arguments that more than one tool takes, in as few words as a model needs. The rules are the operations' own. */

export const oneReceipt = receiptId.describe('As in 17.');
export const oneJob = jobId.describe('As in "ocr-17".');
export const oneBatch = batchId.min(1).max(64).describe('From add_receipts or enqueue_ocr.');
export const order = priority.describe('Default: default.');
export const errorCode = jobFilter.error_code.describe('As in "agent_timeout".');
export const confirmToken = z.string().min(1).max(8_192).describe('From the first answer; without it nothing changes.');

/** Of a list. */
export const DEFAULT_ROWS = 20;
export const rowLimit = z.int().min(1).max(100).describe(`Default ${DEFAULT_ROWS}.`);
export const nextCursor = z.string().min(1).max(1_024).describe('next_cursor of the last answer.');

import { z } from 'zod';
import { batchId, jobId, priority, receiptId } from '../../src/contract/fields.ts';
import { jobFilter } from '../../src/contract/job-filter.ts';

/** Arguments that more than one tool takes, in as few words as a model needs. The rules are the operations' own. */

export const oneReceipt = receiptId.describe('As in 17.');
export const oneJob = jobId.describe('As in "ocr-17".');
export const oneBatch = batchId.min(1).max(64).describe('From enqueue_ocr.');
export const order = priority.describe('Default: default.');
export const errorCode = jobFilter.error_code.describe('As in "agent_timeout".');
export const confirmToken = z.string().min(1).max(8_192).describe('From the first answer; without it nothing changes.');

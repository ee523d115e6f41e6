import { createKinds, type JobType } from './job-type.ts';
import { ocr } from './ocr/type.ts';

/** Every kind of job, a line each. */
const types: readonly JobType[] = [ocr];

export const jobKinds = createKinds(types);

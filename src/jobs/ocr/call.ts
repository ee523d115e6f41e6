import * as z from 'zod';
import { AppError } from '../../contract/errors.ts';
import { jobIdOf } from '../../contract/job.ts';
import type { CalledJob, CallOptions, JobTools } from '../job-type.ts';

/** What a job of a receipt is made of: its image, and when its row was made. */
export const ocrParams = z.object({ image_path: z.string(), made: z.number().nullish() });
export type OcrParams = z.infer<typeof ocrParams>;

/** The agent reads the image. @returns the body of its answer, as it came */
export async function callAgent(job: CalledJob<OcrParams>, tools: JobTools, options: CallOptions): Promise<Uint8Array> {
  const { image_path } = job.params;
  // A row of an adopted table may hold anything, also an address inside this network.
  if (!tools.ownsImage(image_path)) {
    throw new AppError('image_missing', `The image of receipt ${job.subject} is no key of the image store.`);
  }
  const imageUrl = await tools.imageUrl?.(image_path);
  return tools.agent.extract(
    {
      receipt_id: job.subject,
      image_path,
      user_id: job.userId,
      job_id: jobIdOf(job),
      ...(imageUrl === undefined ? {} : { image_url: imageUrl }),
    },
    options,
  );
}

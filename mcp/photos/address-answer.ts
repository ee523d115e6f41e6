import type { InputOf } from '../../src/contract/queue-api.ts';
import type { Answer } from '../answer.ts';
import type { Asked } from '../tool.ts';

/** Where a photo may be uploaded that this side cannot read, and the folders whose photos it can. */
export async function addressAnswer(
  said: Pick<InputOf<'createUpload'>, 'purchase_date' | 'priority'>,
  { queue, context }: Asked,
): Promise<Answer> {
  const { path, expires_at } = await queue.createUpload(said, context);
  return {
    summary:
      'upload_url takes one photo, for 15 minutes, without a key: curl -F file=@photo.jpg UPLOAD_URL. Its answer names the job_id to wait for.',
    upload_url: `${context.origin?.() ?? ''}${path}`,
    expires_at,
    hint: context.photos?.hint,
  };
}

import { AppError, limitNamed } from '../contract/errors.ts';
import type { RefusingLimit } from '../ledger/enqueue/enqueue-rule.ts';

const jobs = (count: number, kind: string | null) =>
  `${count} ${kind === null ? '' : `${kind} `}job${count === 1 ? '' : 's'}`;

/** What the limit is, in a sentence. */
function limitText({ code, user_id, kind, limit }: RefusingLimit): string {
  const who = user_id === null ? 'All users together' : `User ${user_id}`;
  return code === 'queue_full'
    ? `${who} may have ${jobs(limit, kind)} waiting`
    : `${who} may queue ${jobs(limit, kind)} a minute`;
}

/** A limit of the operator refuses new jobs: one, or all of a batch. */
export function overLimit(refusing: RefusingLimit): AppError {
  const { code, limit, asked, room, reset_s } = refusing;
  const fits = asked === 1 ? '' : `; ${room} of these ${asked} new jobs fit now, so none was queued`;
  const message = `${limitText(refusing)}${fits}.`;
  const hint =
    limit === 0
      ? 'Nothing is accepted until an operator raises the limit.'
      : asked > limit
        ? `Send at most ${limit} in one call, and the rest later.`
        : `Nothing was accepted. Call again in ${reset_s} s; queue_info shows the limit and what is used of it.`;
  const named = limitNamed(refusing, code === 'queue_full' ? 'queued' : 'per-minute');
  return new AppError(code, message, {
    hint,
    retryAfterS: reset_s,
    limit: { ...named, limit, remaining: room, reset_s },
  });
}

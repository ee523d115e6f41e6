import type { ExtractReply } from '../contract/agent.ts';
import type { JobKey } from '../contract/job.ts';
import type { Db } from './db.ts';

export type ReplyRow = { body: ExtractReply; sha256: string; agent_ms: number; stored_at: Date };

/** The agent's reply for a generation; undefined when none has come, or it is past its retention. */
export async function readReply(db: Db, key: JobKey): Promise<ReplyRow | undefined> {
  const [row] = await db.query<ReplyRow>(
    'select body, sha256, agent_ms, stored_at from pantry_queue.replies where receipt_id = $1 and generation = $2',
    [key.receiptId, key.generation],
  );
  return row;
}

import type { Queryable } from '../ledger/connection/queryable.ts';
import type { Findings } from './findings.ts';
import type { JobScope } from './job-checks.ts';

/** Jobs whose replies one statement reads: also where each reply is as large as one may be, that is within its time limit. */
const PAGE = 500;

const HASH_PAGE = `
with page as materialized (
  select j.job_no, pantry_queue.job_id_of(j.kind, j.subject, j.generation) as job_id,
         encode(sha256(p.raw), 'hex') <> p.sha256 as differs
  from (
    select job_no, kind, subject, generation from pantry_queue.jobs
    where job_no > $1 and ($3::text is null or (kind = $3 and subject = $4)) and ($5::int is null or generation = $5)
    order by job_no limit $2
  ) j left join pantry_queue.replies p using (job_no)
)
select count(*)::int as jobs, max(job_no) as last_job_no, (count(*) filter (where differs))::int as differing,
       (array_agg(job_id order by job_no) filter (where differs))[1:20] as ids
from page`;

type PageRow = { jobs: number; last_job_no: number | null; differing: number; ids: string[] | null };

/** Compares the bytes of every stored reply with the hash that was stored with them. */
export async function judgeReplies(tx: Queryable, findings: Findings, scope: JobScope): Promise<void> {
  for (let after = scope.afterJobNo ?? 0, page = PAGE; page === PAGE; ) {
    const { of, generation } = scope;
    const [row] = await tx.query<PageRow>(HASH_PAGE, [
      after,
      PAGE,
      of?.kind ?? null,
      of?.subject ?? null,
      generation ?? null,
    ]);
    findings.add('reply_hash', row?.ids ?? [], row?.differing ?? 0);
    page = row?.jobs ?? 0;
    after = row?.last_job_no ?? after;
  }
}

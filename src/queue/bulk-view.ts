import type { Bulk, Written } from '../contract/bulk.ts';
import { BULK } from '../contract/policies.ts';
import type { BulkRow } from '../ledger/bulks/bulks.ts';

const WRITTEN = ['uncalled', 'aborting', 'called'] as const satisfies readonly (keyof Written)[];

/** A bulk as answers show it. */
export function bulkView(row: BulkRow): Bulk {
  const told = Object.entries(row.outcomes).map(([outcome, jobs]) => {
    const [what = '', code] = outcome.split('/');
    return { what, code, jobs };
  });
  const sum = (what: string, code?: string) =>
    told.reduce((n, each) => (each.what === what && (code ?? each.code) === each.code ? n + each.jobs : n), 0);
  const done = sum('done');
  const skipped = sum('skipped');
  const failed = sum('failed');
  const remaining = row.total - done - skipped - failed;
  const seconds = ((row.ended_at ?? row.now).getTime() - row.created_at.getTime()) / 1_000;
  const perMinute = done === 0 ? null : Math.ceil((60 * done) / Math.max(1, seconds));
  const pace =
    row.rate_per_minute === null ? perMinute : Math.min(row.rate_per_minute, perMinute ?? Number.POSITIVE_INFINITY);
  return {
    bulk_id: row.bulk_id,
    operation: row.operation,
    state: row.ended_at === null ? 'running' : 'ended',
    total: row.total,
    done,
    skipped,
    failed,
    remaining,
    reasons: told
      .filter(({ what }) => what !== 'done')
      .map(({ code = 'unknown', jobs }) => ({ code, jobs }))
      .sort((a, b) => b.jobs - a.jobs),
    written:
      row.operation === 'cancel_jobs'
        ? (Object.fromEntries(WRITTEN.map((code) => [code, sum('done', code)])) as Written)
        : null,
    rate_per_minute: row.rate_per_minute,
    jobs_per_minute: perMinute,
    eta_s: row.ended_at !== null || pace === null ? null : Math.ceil((60 * remaining) / pace),
    filter: row.filter,
    restorable_until:
      row.operation === 'clear_failed_jobs'
        ? new Date(row.created_at.getTime() + BULK.restoreS * 1_000).toISOString()
        : null,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

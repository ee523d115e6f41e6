import type { Transaction } from '../ledger/connection/queryable.ts';
import type { Db } from '../ledger/db.ts';
import type { Fault } from './checks.ts';
import { type EngineView, judgeEngine } from './engine-checks.ts';
import { createFindings, type Finding } from './findings.ts';
import { type ImageView, judgeImages } from './image-checks.ts';
import { type JobScope, judgeJobs } from './job-checks.ts';
import { judgeLedger } from './ledger-checks.ts';
import { judgeReplies } from './reply-checks.ts';

export interface VerifyOptions extends JobScope {
  /** Temporal, or a fake; absent = only the ledger is checked. */
  readonly engine?: EngineView | undefined;
  /** The image store; absent = images are not looked for. */
  readonly images?: ImageView | undefined;
  /** Which ledger this is: a run of another one is not judged. */
  readonly ledgerId: string;
  readonly workflowIdPrefix: string;
  /** From this age what stands still is stale. Default 90 s, which the repairs of the gate never need. */
  readonly staleAfterMs?: number;
  /** How long a difference between ledger and engine may take to go away while this looks. Default 30 s. */
  readonly settleMs?: number | undefined;
}

export interface VerifyReport {
  /** Nothing is wrong. */
  readonly ok: boolean;
  /** The moment that the ledger was judged as of, RFC 3339. */
  readonly as_of: string;
  readonly jobs: number;
  readonly events: number;
  readonly replies: number;
  /** Workflows that were compared; null = not asked for. */
  readonly workflows: number | null;
  /** Images that were looked for; null = not asked for. */
  readonly images: number | null;
  readonly totals: Readonly<Record<Fault, number>>;
  readonly findings: readonly Finding[];
}

const STALE_AFTER_MS = 90_000;
const SETTLE_MS = 30_000;

/**
 * Checks the ledger against itself in one snapshot, then against the engine and the image store. Memory does not grow
 * with the number of jobs. Changes nothing.
 * @throws AppError ledger_unavailable, engine_unavailable, storage_unavailable
 */
export async function verifyLedger(db: Db, options: VerifyOptions): Promise<VerifyReport> {
  const { afterJobNo, of, generation } = options;
  const findings = createFindings(db.kinds);
  const limits = { staleAfterMs: options.staleAfterMs ?? STALE_AFTER_MS };
  const ofAllJobs = afterJobNo === undefined && of === undefined && generation === undefined;

  const inSnapshot = async (tx: Transaction) => {
    // A plan that was kept from a small ledger reads all jobs for each job of a page.
    await tx.execute('set local plan_cache_mode = force_custom_plan');
    const [now] = await tx.query<{ now: Date }>('select now()');
    const judged = await judgeJobs(tx, db.kinds, findings, { afterJobNo, of, generation, ...limits });
    await judgeReplies(tx, findings, { afterJobNo, of, generation });
    if (ofAllJobs) await judgeLedger(tx, db.kinds, findings, judged, limits);
    return { judged, asOf: now?.now ?? new Date() };
  };
  const { judged, asOf } = await db.transaction(inSnapshot, { snapshot: true });
  const engine =
    options.engine &&
    (await judgeEngine(db, findings, {
      engine: options.engine,
      ledgerId: options.ledgerId,
      workflowIdPrefix: options.workflowIdPrefix,
      settleMs: options.settleMs ?? SETTLE_MS,
      of,
    }));
  const images = options.images && (await judgeImages(db, findings, options.images, of));

  const found = findings.list();
  return {
    ok: found.length === 0,
    as_of: asOf.toISOString(),
    ...judged,
    workflows: engine?.runs ?? null,
    images: images ?? null,
    totals: findings.totals(),
    findings: found,
  };
}

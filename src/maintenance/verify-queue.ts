import { openImageStore } from '../blobs/open-store.ts';
import { AppError } from '../contract/errors.ts';
import { type AskedJob, parseJobId } from '../contract/job.ts';
import { createEngineClient } from '../engine/connection.ts';
import { listOpenRuns } from '../engine/open-runs.ts';
import { createTemporalEngine } from '../engine/temporal-engine.ts';
import { atStart } from '../ledger/connection/start-up.ts';
import { createDb } from '../ledger/db.ts';
import { readLedgerId } from '../ledger/insight/queue-state.ts';
import { type JobProof, proveJob } from '../verify/job-proof.ts';
import { type VerifyReport, verifyLedger } from '../verify/verify.ts';
import { proofText, reportText } from '../words/verify-report.ts';
import { findParts } from './find-parts.ts';

export interface VerifyFlags {
  /** Folder of an embedded queue; default: DATABASE_URL, else the usual folder. */
  readonly dataDir?: string;
  /** False: Temporal is not asked. */
  readonly engine?: boolean;
  readonly images?: boolean;
  readonly job?: string;
  /** How long a difference with Temporal may take to go away. */
  readonly settleMs?: number | undefined;
}

export interface Verified {
  readonly ok: boolean;
  readonly output: VerifyReport | (VerifyReport & { readonly proof: readonly JobProof[] });
  readonly text: readonly string[];
}

/**
 * `pantry-queue verify`: finds the queue's parts, checks them, changes nothing.
 * @throws AppError invalid_argument, job_not_found, ledger_unavailable, engine_unavailable, storage_unavailable
 */
export async function verifyQueue(flags: VerifyFlags): Promise<Verified> {
  const { config, engine: engineConfig } = findParts(flags.dataDir);
  const key = flags.job === undefined ? undefined : jobKey(flags.job);
  const db = createDb({
    url: config.databaseUrl,
    maxConnections: 4,
    applicationName: 'pantry-queue verify',
  });
  const client = flags.engine === false ? undefined : createEngineClient(engineConfig);
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const ledgerId = await atStart(() => readLedgerId(db));
    const temporal = client && {
      ...createTemporalEngine(client, { queueName: config.queue.name, address: engineConfig.address }),
      openRuns: () => listOpenRuns(client, engineConfig.address),
    };
    const store = flags.images ? await atStart(() => openImageStore(config.images)) : undefined;
    ends.push(async () => store?.close());
    const proof = key && (await proveJob(db, key));
    if (proof?.length === 0) throw new AppError('job_not_found', `There is no job ${flags.job}.`);
    const report = await verifyLedger(db, {
      ...(key && { of: key, generation: key.generation }),
      engine: temporal,
      settleMs: flags.settleMs,
      images: store?.blobs,
      ledgerId,
      workflowIdPrefix: config.queue.workflowIdPrefix,
    });
    return {
      ok: report.ok,
      output: proof ? { ...report, proof } : report,
      text: [...(proof ?? []).flatMap(proofText), ...reportText(report)],
    };
  } finally {
    for (const end of ends) await end();
    await client?.connection.close();
    await db.close();
  }
}

function jobKey(jobId: string): AskedJob {
  const key = parseJobId(jobId);
  if (key) return key;
  throw new AppError('job_not_found', `There is no job "${jobId}": a job id looks like ocr-17 or ocr-17.2.`);
}

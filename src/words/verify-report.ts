import type { JobProof } from '../verify/job-proof.ts';
import type { VerifyReport } from '../verify/verify.ts';

/** The report in a few lines for a person. */
export function reportText(report: VerifyReport): string[] {
  const beside = [
    report.workflows === null ? 'Temporal not asked' : `${report.workflows} workflows compared`,
    ...(report.images === null ? [] : [`${report.images} images looked for`]),
  ].join(', ');
  return [
    Object.entries(report.totals)
      .map(([fault, count]) => `${fault} ${count}`)
      .join(' · '),
    `${report.jobs} jobs, ${report.events} events and ${report.replies} replies as of ${report.as_of}; ${beside}.`,
    ...report.findings.flatMap(({ check, fault, says, count, ids }) => [
      `${fault} (${check}): ${says}`,
      `  ${ids.join(', ')}${count > ids.length ? ` … and ${count - ids.length} more` : ''}`,
    ]),
  ];
}

export function proofText(proof: JobProof): string[] {
  return [
    `${proof.job_id}: ${proof.state}`,
    `  accepted ${proof.ack.at}, event ${proof.ack.event ?? '–'}; ended ${proof.ended_at ?? '–'}`,
    `  runs ${proof.runs}, attempts ${proof.attempts} (${proof.attempts_charged} charged, ${proof.attempts_lost} lost)`,
    `  key of every agent call: ${proof.idempotency_key}`,
    `  reply   ${proof.reply_hash ?? '–'}`,
    `  result  ${proof.result_hash ?? '–'}`,
    `  receipt ${proof.receipt_hash ?? '–'}`,
    ...proof.events.map(
      ({ at, kind, state, run, attempt }) =>
        `  ${at} ${kind}${state === null ? '' : ` → ${state}`}${run === null ? '' : `, run ${run}`}${attempt === null ? '' : `, attempt ${attempt}`}`,
    ),
  ];
}

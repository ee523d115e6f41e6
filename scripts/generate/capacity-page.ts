import { measuredCosts } from '../../bench/capacity/costs.ts';
import { FILL, LIMITS, type Plan, planFor } from '../../bench/capacity/plan.ts';
import { costRows, loadTitle, planRows, short, simulatedRows } from '../../bench/capacity/print.ts';
import { type Scene, simulate } from '../../bench/capacity/simulate.ts';

const RATES = [10, 1_000, 100_000];
const SHAPE = { readingSeconds: 2, imageBytes: 300_000, cores: 16 };
/** Slots for 10 jobs a second that are taken 60, 80, 90 and 97 of 100 parts of the time. */
const SLOTS = [34, 25, 23, 21];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** One column a plan. */
function planTable(plans: readonly Plan[]): string {
  const columns = plans.map(planRows);
  const rows = (columns[0] ?? []).map(([what], nth) => [what, ...columns.map((column) => column[nth]?.[1] ?? '')]);
  return table(['', ...plans.map(({ load }) => loadTitle(load))], rows);
}

function waitTable(): string {
  const rows = SLOTS.map((slots) => {
    const scene: Scene = {
      jobsPerSecond: 10,
      readingSeconds: SHAPE.readingSeconds,
      spread: 0.5,
      slots,
      handoverSeconds: 0.035,
      jobs: 200_000,
      seed: 1,
    };
    return [String(slots), ...simulatedRows(simulate(scene)).map(([, value]) => value)];
  });
  return table(['slots', 'half of the jobs wait', '95 of 100', '99 of 100', 'slots taken', 'most waiting'], rows);
}

/** docs/capacity.md */
export function capacityPage(): string {
  const measured = measuredCosts();
  const plans = RATES.map((jobsPerSecond) => planFor({ jobsPerSecond, ...SHAPE }, measured));
  const oneLedger = (LIMITS.ledgerCores * FILL * 1_000) / measured.perJob.cpuMs.ledger;
  return `<!-- Written by npm run gen from bench/capacity: do not edit. -->
# Capacity

What a load needs, from what one job costs. Both halves can be run again:

\`\`\`sh
npm run bench:capacity -- --jobs-per-second 40 --reading-seconds 3 --cores 8
npm run bench:capacity -- --measure    # runs 1,000 jobs here first; Linux only
\`\`\`

The first prints the cost of a job, the plan and the simulated waits; \`--help\` names the other options, \`--json\` prints data.

## What a job costs

A healthy job: one call over HTTP, its workflow, the call of the agent, the saved result. ${measured.jobs.toLocaleString('en')} of them ran through a server, a worker, PostgreSQL and Temporal's dev server as processes of their own, eight callers at a time, with an agent that answers after 150 ms. What the processes use when nothing happens is taken off. Measured on ${measured.on} (${measured.machine}).

${table(['of each job', ''], costRows(measured))}

The statements behind it are in [performance.md](performance.md#what-a-healthy-job-sends). The agent's own reading is not in it: the embedded one takes seconds of a processor for each receipt ([ocr.md](ocr.md)), hundreds of times the queue's share, so on one machine the agent is what gives out first.

## Machines

For readings of ${SHAPE.readingSeconds} s, images of 300 KB and machines of ${SHAPE.cores} processors. No part is planned fuller than ${FILL * 100} of 100: waits grow without bound towards full. Images, history and ledger are what a day adds; \`RESULT_TTL\`, \`FAILURE_TTL\` and Temporal's retention decide how much of that stays.

${planTable(plans)}

Costs of one job are taken as the same at every rate. That is right for the ledger, whose statements read as many rows at a million jobs as at a thousand (\`test/ledger/scale.test.ts\`), and on the safe side for the gate, whose round is paid once for all the jobs that it admits. It was measured at the rate that two processors give, and not at 1,000 or 100,000 jobs a second: take the right-hand columns as arithmetic.

## How long jobs wait

Slots decide that. A simulation of jobs that arrive by chance, 10 a second, with readings of 2 s on average (log-normal, half as spread as their mean), first come first served:

${waitTable()}

A wait is from acceptance to the begin of the call; 35 ms of it are the gate and Temporal. A few slots less than needed is what makes minutes of milliseconds: plan for ${FILL * 100} of 100, and watch \`queue info\` or the depth in the [metrics](metrics.md).

## What gives out first

| part | its limit | what to do |
|---|---|---|
| agent | its slots: \`AGENT_SLOTS\` of each worker, and what the agent itself takes at once | more agents behind one address, more workers; nothing else changes |
| worker | ${LIMITS.callsAWorker} calls in 250 MB, or one processor | more of them, on any machine, without configuration |
| API server | one processor for each process | more of them behind one address; each answers for all |
| PostgreSQL | planned with at most ${LIMITS.ledgerCores} processors and ${LIMITS.ledgerWalBytesS / 1e6} MB/s of log: about ${short(oneLedger)} jobs/s a ledger | a larger machine first, then several ledgers: below |
| gate | one admits at a time, in a ledger; a round takes as many jobs as there is room for | several ledgers |
| Temporal | its database, and its history shards: a workflow's changes are one transaction each, in its shard one after the other | set \`NUM_HISTORY_SHARDS\` to the number above before the first start: it is fixed for the life of that database. Then more history and matching servers |
| images | none of ours: one write and one or two reads of each | an S3 store that grows by machines |

### Several ledgers

Rows of one tenant never refer to another's, so tenants can be spread over ledgers: each is a database with a Temporal namespace (or \`WORKFLOW_ID_PREFIX\`), servers and workers of its own, and a proxy sends a tenant's calls to its ledger by their key. Nothing is shared but Temporal and the store of images. A single tenant is bounded by one ledger. No tool moves a tenant from one ledger to another.
`;
}

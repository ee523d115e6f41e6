import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { useWhoami } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import { moneyOf } from '../../words/money.ts';
import { lengthOf } from '../../words/times.ts';
import styles from './job.module.css';

type Job = OutputOf<'getJobStatus'>;

/** What stands firm about a job: whose, since when, how often it was tried, and where else it is seen. */
export function JobFacts({ job }: { readonly job: Job }) {
  const temporal = useWhoami()?.temporal_ui;
  const { position, eta_s, batch_id, schedule, run_at, started_at, ended_at } = job;
  return (
    <Panel title="Job">
      <Facts
        rows={[
          ['Receipt', String(job.receipt_id)],
          ['Owner', `user ${job.user_id}`],
          ['Priority', job.priority],
          ['Position', position === null ? undefined : `${position} of the same owner are ahead`],
          ['Expected to end in', eta_s === null ? undefined : lengthOf(eta_s)],
          ['Accepted', <Time key="created" at={job.created_at} />],
          ['Starts at', run_at === null ? undefined : <Time key="run" at={run_at} />],
          ['First call', started_at === null ? undefined : <Time key="started" at={started_at} />],
          ['Ended', ended_at === null ? undefined : <Time key="ended" at={ended_at} />],
          ['Gives up at', ended_at === null ? <Time key="up" at={job.give_up_at} /> : undefined],
          ['Attempts', `${job.attempts}, ${job.attempts_charged} of them counted`],
          ['Paid calls', paidOf(job)],
          [
            'Batch',
            batch_id === null ? undefined : (
              <Link key="batch" href={addressOfPage('batch', batch_id)}>
                {batch_id}
              </Link>
            ),
          ],
          ['Schedule', schedule ?? undefined],
          ['Generations', job.generation > 1 ? <Generations key="all" job={job} /> : undefined],
          [
            'Temporal',
            temporal ? (
              <a
                key="temporal"
                href={`${temporal}/${encodeURIComponent(job.workflow_id)}`}
                target="_blank"
                rel="noreferrer"
              >
                {job.workflow_id}
              </a>
            ) : (
              <code key="temporal">{job.workflow_id}</code>
            ),
          ],
        ]}
      />
    </Panel>
  );
}

function paidOf({ paid_calls, costs }: Job): string {
  const paid = costs.map(({ amount, currency }) => moneyOf(amount, currency)).join(', ');
  return paid === '' ? String(paid_calls) : `${paid_calls} (${paid})`;
}

const MOST_GENERATIONS = 20;

/** Earlier generations, each by its exact id. */
function Generations({ job }: { readonly job: Job }) {
  const base = job.job_id.replace(/\.\d+$/, '');
  const first = Math.max(1, job.generation - MOST_GENERATIONS + 1);
  const numbers = Array.from({ length: job.generation - first + 1 }, (_, nth) => first + nth);
  return (
    <span className={styles.generations}>
      {numbers.map((number) =>
        number === job.generation ? (
          <strong key={number}>{number}</strong>
        ) : (
          <Link key={number} href={addressOfPage('job', `${base}.${number}`)}>
            {number}
          </Link>
        ),
      )}
    </span>
  );
}

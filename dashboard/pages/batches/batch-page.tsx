import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { answer } from '../../api/queries.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import type { PageProps } from '../../shell/page-props.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { countOf, moneyOf } from '../../words/money.ts';
import { lengthOf } from '../../words/times.ts';
import styles from './batch.module.css';
import { BatchJobs } from './batch-jobs.tsx';
import { doneOf, partsOf, sentenceOf } from './batch-words.ts';

/** How far one batch is, and its jobs. */
export function Page({ id }: PageProps) {
  const query = useQuery(answer('getBatch', { batch_id: id }));
  return (
    <Asked query={query}>
      {(batch) => (
        <>
          <PageHeader
            title="Batch"
            note={sentenceOf(batch)}
            actions={
              <Link
                href={`${addressOfPage('jobs')}?batch_id=${encodeURIComponent(batch.batch_id)}`}
                className={buttonClass()}
              >
                Filter its jobs
              </Link>
            }
          />
          <div className={styles.page}>
            <Panel>
              <Progress
                label="How many receipts have ended"
                parts={partsOf(batch)}
                total={batch.total}
                done={doneOf(batch)}
                hasLegend
              />
            </Panel>
            <Panel>
              <Facts rows={factsOf(batch)} />
            </Panel>
            <BatchJobs batchId={batch.batch_id} />
          </div>
        </>
      )}
    </Asked>
  );
}

function factsOf(batch: OutputOf<'getBatch'>) {
  const { batch_id, created_at, ended_at, eta_s, rate_per_minute, paid_calls, costs, schedule, deduplicated, cleared } =
    batch;
  return [
    [
      'Id',
      <span key="id" className={styles.id}>
        <code>{batch_id}</code>
        <Copy text={batch_id} label="Copy the id" />
      </span>,
    ],
    ['Made', <MadeBy key="made" at={created_at} schedule={schedule} userId={batch.user_id} />],
    ['Ended', ended_at === null ? undefined : <Time key="ended" at={ended_at} />],
    ['Rate', rate_per_minute > 0 ? `${countOf(Math.round(rate_per_minute * 10) / 10)} a minute` : undefined],
    ['Time left', eta_s === null ? undefined : `about ${lengthOf(eta_s)}`],
    [
      'Paid calls',
      `${countOf(paid_calls)}${costs.map(({ amount, currency }) => `, ${moneyOf(amount, currency)}`).join('')}`,
    ],
    ['Already there', deduplicated > 0 ? countOf(deduplicated) : undefined],
    ['Cleared', cleared > 0 ? countOf(cleared) : undefined],
  ] as const;
}

function MadeBy({
  at,
  schedule,
  userId,
}: {
  readonly at: string;
  readonly schedule: string | null;
  readonly userId: number;
}) {
  return (
    <>
      <Time at={at} /> by {schedule === null ? `user ${userId}` : <Untrusted text={`schedule ${schedule}`} />}
    </>
  );
}

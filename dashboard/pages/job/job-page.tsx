import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { isTerminal } from '../../../src/contract/job.ts';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { answer } from '../../api/queries.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import type { PageProps } from '../../shell/page-props.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { PageImage } from '../../ui/page-image.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { withLocalTimes } from '../../words/local-times.ts';
import { shortLengthOf } from '../../words/times.ts';
import { useJobActions } from './actions.tsx';
import styles from './job.module.css';
import { JobFacts } from './job-facts.tsx';
import { Reading } from './reading.tsx';
import { Timeline } from './timeline.tsx';

type Job = OutputOf<'getJobStatus'>;
type Explained = OutputOf<'explainJob'>;

const SENTENCE_CHARS = 400;

/** One job: what it does and why, where its time went, and what was read beside the image. */
export function Page({ id }: PageProps) {
  const job = useQuery({ ...answer('getJobStatus', { job_id: id }), placeholderData: () => undefined });
  return (
    <>
      {job.data === undefined && <PageHeader title={id} />}
      <Asked query={job}>{(data) => <Known key={data.job_id} job={data} />}</Asked>
    </>
  );
}

function Known({ job }: { readonly job: Job }) {
  const explained = useQuery({ ...answer('explainJob', { job_id: job.job_id }), placeholderData: (before) => before });
  const isOcr = job.job_id.startsWith('ocr-');
  const result = useQuery({
    ...answer('getResult', { job_id: job.job_id }),
    enabled: job.status === 'finished',
    placeholderData: () => undefined,
  });
  const { buttons, below } = useJobActions(job);
  const needsReview = needsReviewOf(job);
  const facts = (
    <>
      <Asked query={explained}>{(data) => <Timeline explained={data} />}</Asked>
      <JobFacts job={job} />
    </>
  );
  return (
    <>
      <PageHeader
        title={job.job_id}
        note={
          <div className={styles.sentence}>
            <StateBadge status={job.status} phase={job.phase} needsReview={needsReview} />
            <span>
              <Untrusted text={withLocalTimes(sentenceOf(job, explained.data), Date.now())} maxChars={SENTENCE_CHARS} />
            </span>
          </div>
        }
        actions={
          <>
            {buttons}
            {needsReview && (
              <Link href={addressOfPage('reviewOne', String(job.receipt_id))} className={buttonClass('primary')}>
                Review
              </Link>
            )}
          </>
        }
      />
      <div className={styles.page}>
        {below}
        {job.error && <Failure error={job.error} isLive={!isTerminal(job.status)} />}
        {job.status === 'finished' ? (
          <>
            <Asked query={result}>{(data) => <Reading result={data} />}</Asked>
            <div className={styles.facts}>{facts}</div>
          </>
        ) : (
          <div className={styles.beside}>
            {isOcr && <PageImage receiptId={job.receipt_id} evidence={undefined} />}
            <div className={styles.page}>{facts}</div>
          </div>
        )}
      </div>
    </>
  );
}

/** What it waits for; of one that has ended, how long that took; of one that runs, what happens next. */
function sentenceOf(job: Job, explained: Explained | undefined): string {
  const { waiting_for, ended_at, started_at, created_at, status } = job;
  if (waiting_for !== null) return `Waits for ${waiting_for}.`;
  if (ended_at === null) return explained ? `Next: ${explained.next}` : '';
  const waited = between(created_at, started_at ?? ended_at);
  const worked =
    started_at === null
      ? 'the agent was never called'
      : `${WORKED[status] ?? 'ended after'} ${between(started_at, ended_at)}`;
  return `Waited ${waited}, ${worked}.`;
}

const WORKED: Partial<Readonly<Record<Job['status'], string>>> = {
  finished: 'read in',
  failed: 'failed after',
  canceled: 'canceled after',
};

const between = (from: string, to: string) => shortLengthOf(Date.parse(to) - Date.parse(from));

function needsReviewOf({ job_id, result }: Job): boolean {
  return job_id.startsWith('ocr-') && result !== null && 'needs_review' in result && result.needs_review === true;
}

function Failure({ error, isLive }: { readonly error: NonNullable<Job['error']>; readonly isLive: boolean }) {
  return (
    <Panel mark={isLive ? 'notice' : 'alarm'}>
      <p>
        <strong>{isLive ? 'The last attempt failed. ' : ''}</strong>
        <Untrusted text={error.message} maxChars={SENTENCE_CHARS} /> <code>{error.code}</code>
      </p>
      <p className={styles.hint}>
        <Untrusted text={error.hint} maxChars={SENTENCE_CHARS} />
      </p>
    </Panel>
  );
}

import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { addressOfPage } from '../../pages.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { withLocalTimes } from '../../words/local-times.ts';
import { plural } from '../../words/text.ts';
import styles from './problems.module.css';

type Info = OutputOf<'queueInfo'>;
type Problem = Info['problems'][number];

/** Where the jobs are that wait for a part of the queue. */
const WAITING: Readonly<Record<Problem['part'], string>> = {
  ledger: '/ui/jobs',
  queue: '/ui/jobs?status=queued&status=deferred',
  engine: '/ui/jobs?status=queued',
  workers: '/ui/jobs?status=queued',
  agent: '/ui/jobs?status=queued&status=deferred',
  jobs: '/ui/jobs?status=deferred&status=started',
  schedules: '/ui/schedules',
  webhooks: '/ui/webhooks',
};

const MESSAGE_CHARS = 400;

/** What is wrong comes first, in sentences: what, since when, how many wait, and what to do. */
export function Problems({ info }: { readonly info: Info }) {
  const { paused, problems } = info;
  // A paused queue is one of its problems too.
  const isSaidOnce = ({ code }: Problem) => paused === null || code !== 'queue_paused';
  return (
    <>
      {paused && (
        <Panel mark="notice">
          <p>
            <strong>The queue is paused.</strong> By <Untrusted text={paused.by} /> since <Time at={paused.since} />
            {paused.reason !== null && (
              <>
                : <Untrusted text={paused.reason} />
              </>
            )}
            . New jobs are accepted and wait.
          </p>
        </Panel>
      )}
      {problems.filter(isSaidOnce).map((problem) => (
        <ProblemPanel key={`${problem.part} ${problem.code} ${problem.since}`} problem={problem} />
      ))}
    </>
  );
}

function ProblemPanel({ problem }: { readonly problem: Problem }) {
  const { part, code, message, hint, who_acts, since, jobs, examples } = problem;
  return (
    <Panel mark={who_acts === 'nobody' ? 'notice' : 'alarm'}>
      <div className={styles.problem}>
        <div className={styles.words}>
          <p>
            {jobs > 0 && <strong>{plural(jobs, 'job waits', 'jobs wait')}. </strong>}
            <Untrusted text={withLocalTimes(message, Date.now())} maxChars={MESSAGE_CHARS} />
          </p>
          <p className={styles.hint}>
            {since !== null && (
              <>
                Since <Time at={since} />.{' '}
              </>
            )}
            <Untrusted text={withLocalTimes(hint, Date.now())} maxChars={MESSAGE_CHARS} />
            {examples.length > 0 && <> For example {links(examples)}.</>} <code>{code}</code>
          </p>
        </div>
        {jobs > 0 && (
          <Link href={WAITING[part]} className={buttonClass('plain')}>
            Show them
          </Link>
        )}
      </div>
    </Panel>
  );
}

function links(ids: readonly string[]) {
  return ids.map((id, nth) => (
    <span key={id}>
      {nth > 0 && ', '}
      <Link href={addressOfPage('job', id)}>{id}</Link>
    </span>
  ));
}

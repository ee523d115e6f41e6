import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { Dot } from '../../ui/dot.tsx';
import { countOf, shareOf } from '../../words/money.ts';
import type { Tone } from '../../words/states.ts';
import { plural } from '../../words/text.ts';
import { lengthOf } from '../../words/times.ts';
import styles from './counts.module.css';

type Info = OutputOf<'queueInfo'>;

interface Count {
  readonly word: string;
  readonly tone: Tone;
  readonly href: string;
  readonly count: (info: Info) => number;
  /** One small line that puts the count into proportion. */
  readonly note: (info: Info) => string;
}

/** The six numbers that people act on. */
const COUNTS: readonly Count[] = [
  {
    word: 'Queued',
    tone: 'queued',
    href: '/ui/jobs?status=queued',
    count: ({ queued_jobs }) => queued_jobs,
    note: ({ oldest_queued_s }) => (oldest_queued_s === null ? 'nothing waits' : `oldest ${lengthOf(oldest_queued_s)}`),
  },
  {
    word: 'Reading',
    tone: 'started',
    href: '/ui/jobs?status=started',
    count: ({ started_jobs }) => started_jobs,
    note: ({ agent_slots }) => `of ${plural(agent_slots, 'slot')}`,
  },
  {
    word: 'Waiting',
    tone: 'deferred',
    href: '/ui/jobs?status=deferred&status=scheduled',
    count: ({ deferred_jobs, scheduled_jobs }) => deferred_jobs + scheduled_jobs,
    note: ({ scheduled_jobs }) =>
      scheduled_jobs === 0 ? 'for a time or a cause' : `${countOf(scheduled_jobs)} scheduled`,
  },
  {
    word: 'Finished',
    tone: 'finished',
    href: '/ui/jobs?status=finished',
    count: ({ finished_jobs }) => finished_jobs,
    note: ({ finished_jobs, failed_jobs, canceled_jobs }) =>
      finished_jobs === 0
        ? 'none yet'
        : `${shareOf(finished_jobs, finished_jobs + failed_jobs + canceled_jobs)} of ended`,
  },
  {
    word: 'Failed',
    tone: 'failed',
    href: '/ui/failed',
    count: ({ failed_jobs }) => failed_jobs,
    note: ({ by_error }) =>
      by_error.length === 0 ? 'no error' : plural(by_error.length, 'kind of error', 'kinds of error'),
  },
  {
    word: 'To review',
    tone: 'review',
    href: '/ui/review',
    count: ({ reviews }) => reviews.open,
    note: ({ reviews }) => (reviews.oldest_s === null ? 'nothing in doubt' : `oldest ${lengthOf(reviews.oldest_s)}`),
  },
];

/** Six counts, each a link to what it counts. */
export function Counts({ info }: { readonly info: Info }) {
  return (
    <ul className={styles.counts} aria-label="Counts">
      {COUNTS.map(({ word, tone, href, count, note }) => (
        <li key={word}>
          <Link href={href} className={styles.count}>
            <span className={styles.word}>
              <Dot tone={tone} />
              {word}
            </span>
            <span className={styles.number}>{countOf(count(info))}</span>
            <span className={styles.note}>{note(info)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

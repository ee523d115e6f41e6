import { useQuery } from '@tanstack/react-query';
import { STATUSES, type Status } from '../../../src/contract/job.ts';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { answer } from '../../api/queries.ts';
import { Dot } from '../../ui/dot.tsx';
import { countOf } from '../../words/money.ts';
import { STATUS_WORDS } from '../../words/states.ts';
import type { JobFilters } from './filters.ts';
import styles from './state-links.module.css';

type Info = OutputOf<'queueInfo'>;

const COUNT: Readonly<Record<Status, (info: Info) => number>> = {
  queued: (info) => info.queued_jobs,
  started: (info) => info.started_jobs,
  deferred: (info) => info.deferred_jobs,
  scheduled: (info) => info.scheduled_jobs,
  finished: (info) => info.finished_jobs,
  failed: (info) => info.failed_jobs,
  canceled: (info) => info.canceled_jobs,
};

interface StateLinksProps {
  readonly filters: JobFilters;
  readonly onChange: (status: Status[] | null) => void;
}

/** The states as a row with counts; several may be chosen. */
export function StateLinks({ filters, onChange }: StateLinksProps) {
  const { data } = useQuery(answer('queueInfo', {}));
  const chosen = (filters.status as readonly Status[] | null | undefined) ?? [];
  const toggle = (status: Status) => {
    const next = chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status];
    onChange(next.length === 0 ? null : next);
  };
  return (
    <fieldset className={styles.states} aria-label="State">
      <button type="button" className={styles.state} aria-pressed={chosen.length === 0} onClick={() => onChange(null)}>
        All
      </button>
      {STATUSES.map((status) => (
        <button
          key={status}
          type="button"
          className={styles.state}
          aria-pressed={chosen.includes(status)}
          onClick={() => toggle(status)}
        >
          <Dot tone={STATUS_WORDS[status].tone} />
          {STATUS_WORDS[status].word}
          {data && <span className={styles.count}>{countOf(COUNT[status](data))}</span>}
        </button>
      ))}
    </fieldset>
  );
}

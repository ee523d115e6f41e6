import { Pause, Play } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { AskedTrouble } from '../../shell/asked.tsx';
import { useHeld } from '../../shell/live-status.ts';
import { useNowMs } from '../../shell/now.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { AddReceipts } from '../../shell/uploads.tsx';
import { Waiting } from '../../shell/waiting.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Panel } from '../../ui/panel.tsx';
import { Rows } from '../../ui/rows.tsx';
import { plural } from '../../words/text.ts';
import { FilterBar } from './filter-bar.tsx';
import { askedOf, JOB_FILTERS } from './filters.ts';
import { jobColumns } from './job-columns.tsx';
import styles from './jobs.module.css';
import { ListActions } from './list-actions.tsx';
import { withSelection } from './select-column.tsx';
import { StateLinks } from './state-links.tsx';
import { useJobList } from './use-job-list.ts';
import { useSelection } from './use-selection.ts';

const AGES_EVERY_MS = 10_000;

/** Every job, by state, merchant, error, batch, owner and time. */
export function Page() {
  const [filters, setFilters] = useQueryStates(JOB_FILTERS, { history: 'push' });
  const [isHeld, hold] = useHeld();
  const asked = askedOf(filters);
  const { query, rows, newJobs, readAgain, readChanged } = useJobList(asked, isHeld);
  const selection = useSelection(rows, JSON.stringify(asked));
  const columns = withSelection(jobColumns(useNowMs(AGES_EVERY_MS)), selection);
  const toggle = () => {
    hold(!isHeld);
    if (isHeld) void readAgain();
  };
  useKeys([['p', toggle]]);
  const isFiltered = Object.keys(asked).length > 0;
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  return (
    <>
      <PageHeader
        title="Jobs"
        actions={
          <>
            <Button icon={isHeld ? Play : Pause} aria-pressed={isHeld} onClick={toggle} title="p">
              {isHeld ? 'Resume updates' : 'Pause updates'}
            </Button>
            <AddReceipts />
          </>
        }
      />
      <div className={styles.page}>
        <StateLinks filters={filters} onChange={(status) => void setFilters({ status, phase: null })} />
        <FilterBar filters={filters} onChange={(next) => void setFilters(next)} />
        <ListActions
          asked={asked}
          isEmpty={rows.length === 0}
          selection={selection}
          onChanged={readChanged}
          onManyChanged={readAgain}
        />
        <AskedTrouble error={error} onRetry={() => void refetch()} />
        <Panel isFlush>
          {newJobs > 0 && (
            <button type="button" className={styles.fresh} onClick={() => void readAgain()}>
              {plural(newJobs, 'new job')}: show {newJobs === 1 ? 'it' : 'them'}
            </button>
          )}
          {data === undefined ? (
            !error && <Waiting />
          ) : rows.length === 0 && !hasNextPage ? (
            <NoJobs isFiltered={isFiltered} onDrop={() => void setFilters(null)} />
          ) : (
            <Rows
              label="Jobs"
              columns={columns}
              rows={rows}
              keyOf={({ job_id }) => job_id}
              onMore={hasNextPage ? () => void fetchNextPage() : undefined}
              isLoadingMore={isFetchingNextPage}
              onMark={({ job_id }) => selection.toggle(job_id)}
            />
          )}
        </Panel>
      </div>
    </>
  );
}

function NoJobs({ isFiltered, onDrop }: { readonly isFiltered: boolean; readonly onDrop: () => void }) {
  if (isFiltered) {
    return (
      <Empty title="No job matches this filter">
        <Button onClick={onDrop}>Remove filter</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No job yet">
      <p>
        Drop photos anywhere on this page, or run <code>pantry-queue receipt add FILE</code>.
      </p>
    </Empty>
  );
}

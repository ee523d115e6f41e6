import { parseAsInteger, parseAsString, useQueryStates } from 'nuqs';
import { Suspense, useRef } from 'react';
import { Link } from 'wouter';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import { queryOf } from '../../api/call.ts';
import { moreOf, usePages } from '../../api/pages.ts';
import { useMay } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { lazyPart } from '../../shell/lazy-part.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { useKeys } from '../../ui/keys.ts';
import { useListKeys } from '../../ui/list-keys.ts';
import { plural } from '../../words/text.ts';
import type { BulkAction } from '../bulk/use-preview.ts';
import { FilterBar } from '../jobs/filter-bar.tsx';
import type { FilterName } from '../jobs/filters.ts';
import styles from './failed.module.css';
import { type Failure, FailureCard } from './failure-card.tsx';
import { Restore } from './restore.tsx';

const BulkDialog = lazyPart(async () => (await import('../bulk/bulk-dialog.tsx')).BulkDialog);

type Filter = Omit<InputOf<'clearFailedJobs'>, 'confirm_token'>;

const NOT_ALLOWED = 'Your key lacks the scope jobs:write.';

/** Which failures the page is about, and the question that is open, in its address. */
const ADDRESS = {
  user_id: parseAsInteger,
  error_code: parseAsString,
  act: parseAsString,
  fingerprint: parseAsString,
};
/** Causes are counted by these; by all others failed jobs are found on the page of jobs. */
const FILTERS: readonly FilterName[] = ['user_id', 'error_code'];

/** The failed jobs by their cause, and what can be done about each. */
export function Page() {
  const [{ user_id, error_code, act, fingerprint }, setAddress] = useQueryStates(ADDRESS, { history: 'push' });
  const query = usePages('failedJobs', user_id === null ? {} : { user_id });
  const list = useRef<HTMLUListElement>(null);
  const because = useMay('jobs:write') ? undefined : NOT_ALLOWED;
  const all = query.data?.pages.flatMap(({ failures }) => failures);
  const failures = all?.filter((each) => error_code === null || each.error_code === error_code);
  const jobs = failures?.reduce((sum, each) => sum + each.jobs, 0);
  const shown: Filter = {
    ...(user_id === null ? {} : { user_id }),
    ...(error_code === null ? {} : { error_code }),
  };
  const open = (action: BulkAction, of?: string) => void setAddress({ act: action, fingerprint: of ?? null });
  const close = () => void setAddress({ act: null, fingerprint: null });
  useListKeys(list);
  const redriveFocused = () => {
    const of = focusedCause();
    const chosen = failures?.filter((each) => of === undefined || each.fingerprint === of) ?? [];
    if (because === undefined && chosen.some(({ redrive }) => redrive !== 'never')) open('redriveFailedJobs', of);
  };
  useKeys([['d', redriveFocused]]);
  const filter: Filter = { ...shown, ...(fingerprint === null ? {} : { fingerprint }) };
  const action = act === 'redriveFailedJobs' || act === 'clearFailedJobs' ? act : undefined;
  const { onMore, isLoadingMore } = moreOf(query);
  return (
    <>
      <PageHeader
        title="Failed"
        count={jobs}
        note={jobs ? `${plural(jobs, 'job')} by cause, each with what to do.` : undefined}
        actions={
          <>
            <Restore because={because} />
            {(jobs ?? 0) > 0 && (
              <>
                <Button disabledBecause={because} onClick={() => open('clearFailedJobs')}>
                  Clear all…
                </Button>
                <Button kind="primary" title="d" disabledBecause={because} onClick={() => open('redriveFailedJobs')}>
                  Redrive all…
                </Button>
              </>
            )}
          </>
        }
      />
      <div className={styles.page}>
        <div className={styles.filter}>
          <FilterBar filters={{ user_id, error_code }} names={FILTERS} onChange={(next) => void setAddress(next)} />
          <Link href={`${addressOfPage('jobs')}?${queryOf({ status: 'failed', ...shown })}`}>
            As a list, by batch or time
          </Link>
        </div>
        <Asked query={query}>
          {() =>
            failures?.length === 0 ? (
              <None isFiltered={(all?.length ?? 0) > 0 || user_id !== null} onDrop={() => void setAddress(null)} />
            ) : (
              <ul ref={list} className={styles.groups}>
                {failures?.map((failure) => (
                  <FailureCard
                    key={`${failure.error_code} ${failure.fingerprint}`}
                    failure={failure}
                    of={shown}
                    because={because}
                    onAct={(chosen) => open(chosen, failure.fingerprint)}
                  />
                ))}
              </ul>
            )
          }
        </Asked>
        {onMore && (
          <Button isBusy={isLoadingMore} onClick={onMore}>
            More causes
          </Button>
        )}
      </div>
      {action && (
        <Suspense fallback={null}>
          <BulkDialog bulk={{ action, filter }} about={aboutOf(filter, all)} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

/** The cause whose card has the focus. */
function focusedCause(): string | undefined {
  return document.activeElement?.closest<HTMLElement>('[data-fingerprint]')?.dataset.fingerprint;
}

function None({ isFiltered, onDrop }: { readonly isFiltered: boolean; readonly onDrop: () => void }) {
  if (isFiltered) {
    return (
      <Empty title="No failed job matches this filter">
        <Button onClick={onDrop}>Remove filter</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No job has failed">
      <p>What fails for good is listed here by its cause, with the way to run it again.</p>
    </Empty>
  );
}

/** The filter of the dialog, in words. */
function aboutOf({ user_id, error_code, fingerprint }: Filter, failures: readonly Failure[] | undefined): string {
  const code = failures?.find((each) => each.fingerprint === fingerprint)?.error_code ?? error_code;
  const what =
    code === undefined && fingerprint === undefined ? 'All failed jobs' : `Failed jobs with ${code ?? fingerprint}`;
  return user_id === undefined ? what : `${what} of user ${user_id}`;
}

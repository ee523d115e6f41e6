import { useQuery, useQueryClient } from '@tanstack/react-query';
import { parseAsInteger, parseAsString, useQueryStates } from 'nuqs';
import { Suspense, useState } from 'react';
import type { InputOf, OutputOf } from '../../../src/contract/queue-api.ts';
import { call } from '../../api/call.ts';
import { problemFrom } from '../../api/problem.ts';
import { answer } from '../../api/queries.ts';
import { useMay } from '../../api/session.ts';
import { Asked } from '../../shell/asked.tsx';
import { lazyPart } from '../../shell/lazy-part.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Trouble, type TroubleFacts, troubleOf } from '../../ui/trouble.tsx';
import { plural } from '../../words/text.ts';
import styles from './failed.module.css';
import { FailureCard } from './failure-card.tsx';
import type { BulkAction } from './use-bulk.ts';

const BulkDialog = lazyPart(async () => (await import('./bulk-dialog.tsx')).BulkDialog);

export type Failure = OutputOf<'failedJobs'>['failures'][number];
type Filter = Omit<InputOf<'clearFailedJobs'>, 'confirm_token'>;

const GROUPS = 200;
const NOT_ALLOWED = 'Your key lacks the scope jobs:write.';

/** Which failures the page is about, in its address. */
const FILTERS = { user_id: parseAsInteger, act: parseAsString, fingerprint: parseAsString };

/** The failed jobs by their cause, and what can be done about each. */
export function Page() {
  const [{ user_id, act, fingerprint }, setAddress] = useQueryStates(FILTERS, { history: 'push' });
  const failed = useQuery(answer('failedJobs', { limit: GROUPS, ...(user_id === null ? {} : { user_id }) }));
  const because = useMay('jobs:write') ? undefined : NOT_ALLOWED;
  const jobs = failed.data?.failures.reduce((sum, each) => sum + each.jobs, 0);
  const open = (action: BulkAction, of?: string) => void setAddress({ act: action, fingerprint: of ?? null });
  const close = () => void setAddress({ act: null, fingerprint: null });
  useKeys([['d', () => because === undefined && (jobs ?? 0) > 0 && open('redriveFailedJobs')]]);
  const filter: Filter = {
    ...(user_id === null ? {} : { user_id }),
    ...(fingerprint === null ? {} : { fingerprint }),
  };
  const action = act === 'redriveFailedJobs' || act === 'clearFailedJobs' ? act : undefined;
  return (
    <>
      <PageHeader
        title="Failed"
        count={jobs}
        note={
          jobs === undefined
            ? undefined
            : jobs === 0
              ? undefined
              : `${plural(jobs, 'job')} by cause, each with what to do.`
        }
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
      <Asked query={failed}>
        {({ failures }) =>
          failures.length === 0 ? (
            <Empty title="No job has failed">
              <p>What fails for good is listed here by its cause, with the way to run it again.</p>
            </Empty>
          ) : (
            <ul className={styles.groups}>
              {failures.map((failure) => (
                <FailureCard
                  key={`${failure.error_code} ${failure.fingerprint}`}
                  failure={failure}
                  because={because}
                  onAct={(chosen) => open(chosen, failure.fingerprint)}
                />
              ))}
            </ul>
          )
        }
      </Asked>
      {action && (
        <Suspense fallback={null}>
          <BulkDialog action={action} filter={filter} about={aboutOf(filter, failed.data?.failures)} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

/** The filter of the dialog, in words. */
function aboutOf({ user_id, fingerprint }: Filter, failures: readonly Failure[] | undefined): string {
  const of = failures?.find((each) => each.fingerprint === fingerprint);
  const what = fingerprint === undefined ? 'All failed jobs' : `Failed jobs with ${of?.error_code ?? fingerprint}`;
  return user_id === undefined ? what : `${what} of user ${user_id}`;
}

/** Takes the latest clearing back. */
function Restore({ because }: { readonly because: string | undefined }) {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [told, setTold] = useState<string>();
  const [trouble, setTrouble] = useState<TroubleFacts>();
  async function restore(): Promise<void> {
    setBusy(true);
    setTrouble(undefined);
    setTold(undefined);
    try {
      const { restored } = await call('restoreFailedJobs', {});
      setTold(`${plural(restored, 'job')} restored.`);
      await queries.invalidateQueries();
    } catch (thrown) {
      setTrouble(troubleOf(problemFrom(thrown)));
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className={styles.restore}>
      <Button kind="quiet" isBusy={isBusy} disabledBecause={because} onClick={() => void restore()}>
        Restore cleared
      </Button>
      {told && <span role="status">{told}</span>}
      {trouble && <Trouble trouble={trouble} />}
    </div>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import { isTerminal } from '../../../src/contract/job.ts';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { call } from '../../api/call.ts';
import { problemFrom } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { lazyPart } from '../../shell/lazy-part.ts';
import { Button } from '../../ui/button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Trouble, type TroubleFacts, troubleOf } from '../../ui/trouble.tsx';

const Confirm = lazyPart(async () => (await import('../../ui/confirm.tsx')).Confirm);

type Job = OutputOf<'getJobStatus'>;
type Asking = 'cancel' | 'again' | undefined;

const NOT_ALLOWED = 'Your key lacks the scope jobs:write.';

/** What can be done with a job in its state. What went wrong is said here, and the page stays. */
export function useJobActions(job: Job) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [asking, setAsking] = useState<Asking>();
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<TroubleFacts>();
  const because = useMay('jobs:write') ? undefined : NOT_ALLOWED;
  const latestId = job.job_id.replace(/\.\d+$/, '');
  const isLive = !isTerminal(job.status);
  const canRetry = job.error?.retryable === true || job.status === 'canceled';

  async function toLatest(): Promise<void> {
    await queries.invalidateQueries();
    if (latestId !== job.job_id) go(addressOfPage('job', latestId));
  }
  async function retry(): Promise<void> {
    setBusy(true);
    setTrouble(undefined);
    try {
      await call('retryJob', { job_id: job.job_id });
      await toLatest();
    } catch (thrown) {
      setTrouble(troubleOf(problemFrom(thrown)));
    } finally {
      setBusy(false);
    }
  }
  useKeys([
    ['c', () => isLive && because === undefined && setAsking('cancel')],
    ['r', () => canRetry && because === undefined && void retry()],
  ]);

  const buttons = (
    <>
      {isLive && (
        <Button title="c" disabledBecause={because} onClick={() => setAsking('cancel')}>
          Cancel…
        </Button>
      )}
      {canRetry && (
        <Button kind="primary" title="r" isBusy={isBusy} disabledBecause={because} onClick={() => void retry()}>
          Retry
        </Button>
      )}
      {job.status === 'finished' && (
        <Button disabledBecause={because} onClick={() => setAsking('again')}>
          Read again…
        </Button>
      )}
    </>
  );
  const below = (
    <>
      {trouble && <Trouble trouble={trouble} onRetry={() => void retry()} />}
      {asking !== undefined && (
        <Suspense fallback={null}>
          {asking === 'cancel' ? (
            <Confirm
              open
              onClose={() => setAsking(undefined)}
              title={`Cancel ${job.job_id}?`}
              action="Cancel the job"
              kind="danger"
              onConfirm={async () => {
                await call('cancelJob', { job_id: job.job_id });
                await queries.invalidateQueries();
              }}
            >
              <p>A waiting job ends at once; a running call of the agent is aborted within 10 seconds.</p>
            </Confirm>
          ) : (
            <Confirm
              open
              onClose={() => setAsking(undefined)}
              title={`Read receipt ${job.receipt_id} again?`}
              action="Read again"
              onConfirm={async () => {
                await call('enqueueOcr', { receipt_id: job.receipt_id, user_id: job.user_id, force: true });
                await toLatest();
              }}
            >
              <p>The agent is called once more, for a new generation. Values that a person has set stay.</p>
            </Confirm>
          )}
        </Suspense>
      )}
    </>
  );
  return { buttons, below };
}

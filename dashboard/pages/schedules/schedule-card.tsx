import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { Link } from 'wouter';
import type { Schedule } from '../../../src/contract/operations/schedules.ts';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { addressOfPage } from '../../pages.ts';
import { lazyPart } from '../../shell/lazy-part.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, Buttons } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { tell } from '../../ui/tell.ts';
import { Time } from '../../ui/time.tsx';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { cronInWords } from '../../words/cron.ts';
import { OUTCOME_WORDS } from '../../words/schedules.ts';
import { plural } from '../../words/text.ts';
import { dueOf } from '../../words/times.ts';
import { NextTimes } from './next-times.tsx';
import styles from './schedules.module.css';

const Dialogs = lazyPart(async () => (await import('./schedule-dialogs.tsx')).ScheduleDialogs);

interface ScheduleCardProps {
  readonly schedule: Schedule;
  readonly nowMs: number;
  /** Why nothing may be changed. */
  readonly because: string | undefined;
}

/** One schedule: when it fires, what became of its latest time, and what can be done with it. */
export function ScheduleCard({ schedule, nowMs, because }: ScheduleCardProps) {
  const { name, cron, time_zone, paused, next_at, user_id } = schedule;
  const [dialog, setDialog] = useState<'pause' | 'edit' | 'delete'>();
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  const queries = useQueryClient();
  const act = async (what: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    await what().catch((thrown) => setProblem(problemFrom(thrown)));
    setBusy(false);
    await queries.invalidateQueries({ queryKey: ['listSchedules'] });
  };
  const runNow = () =>
    act(async () => {
      const run = await call('runScheduleNow', { name }, { idempotencyKey: crypto.randomUUID() });
      tell(run.outcome === 'fired' ? `${plural(run.queued, 'job')} queued by ${name}` : OUTCOME_WORDS[run.outcome]);
      await queries.invalidateQueries({ queryKey: ['listBatches'] });
    });
  const resume = () => act(async () => void (await call('resumeSchedule', { name })));
  return (
    <article className={styles.card}>
      <div className={styles.head}>
        <div className={styles.words}>
          <h2>
            <Untrusted text={name} maxChars={64} />
          </h2>
          <p>
            {cronInWords(cron) ?? 'At the times of'} <code className={styles.cron}>{cron}</code> {time_zone}
          </p>
        </div>
        <Buttons>
          <Button isBusy={isBusy} disabledBecause={because} onClick={() => void runNow()}>
            Run now
          </Button>
          {paused ? (
            <Button isBusy={isBusy} disabledBecause={because} onClick={() => void resume()}>
              Resume
            </Button>
          ) : (
            <Button disabledBecause={because} onClick={() => setDialog('pause')}>
              Pause…
            </Button>
          )}
          <Menu
            label={`More about ${name}`}
            items={[
              { label: 'Change…', disabledBecause: because, onSelect: () => setDialog('edit') },
              { label: 'Delete…', isDanger: true, disabledBecause: because, onSelect: () => setDialog('delete') },
            ]}
          />
        </Buttons>
      </div>
      <dl className={styles.facts}>
        <div>
          <dt>Next</dt>
          <dd>
            {paused ? (
              <>
                <Badge tone="deferred" icon="pause">
                  Paused
                </Badge>{' '}
                since <Time at={paused.since} /> by <Untrusted text={paused.by} />
                {paused.note !== null && (
                  <>
                    : <Untrusted text={paused.note} />
                  </>
                )}
              </>
            ) : next_at === null ? (
              '–'
            ) : (
              <>
                <Time at={next_at} />, {dueOf(next_at, nowMs)}
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Last time</dt>
          <dd>
            <Last schedule={schedule} />
          </dd>
        </div>
        <div>
          <dt>Queues</dt>
          <dd>{user_id === null ? 'the pending receipts of everyone' : `the pending receipts of user ${user_id}`}</dd>
        </div>
      </dl>
      {problem && <Trouble trouble={troubleOf(problem)} />}
      <button type="button" className={styles.more} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide the next runs' : 'Next five runs'}
      </button>
      {isOpen && <NextTimes name={name} />}
      {dialog && (
        <Suspense fallback={null}>
          <Dialogs dialog={dialog} schedule={schedule} onClose={() => setDialog(undefined)} />
        </Suspense>
      )}
    </article>
  );
}

function Last({ schedule: { last, failing } }: { readonly schedule: Schedule }) {
  if (last === null) return <>Has not run yet</>;
  return (
    <>
      {OUTCOME_WORDS[last.outcome]} · <Time at={last.at} />
      {last.batch_id !== null && (
        <>
          : <Link href={addressOfPage('batch', last.batch_id)}>{plural(last.total, 'receipt')}</Link>
        </>
      )}
      {failing && (
        <>
          {' '}
          <Badge tone="failed" icon="cross">
            Refused {plural(failing.times, 'time')} in a row: {failing.code}
          </Badge>
        </>
      )}
    </>
  );
}

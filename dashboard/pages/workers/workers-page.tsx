import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { moreOf, usePages } from '../../api/pages.ts';
import { answer } from '../../api/queries.ts';
import { addressOfPage } from '../../pages.ts';
import { Asked } from '../../shell/asked.tsx';
import { useNowMs } from '../../shell/now.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { plural } from '../../words/text.ts';
import { lengthOf } from '../../words/times.ts';
import { PauseButton } from '../overview/pause-button.tsx';
import { Parts } from './parts.tsx';
import styles from './workers.module.css';

type Worker = OutputOf<'listWorkers'>['workers'][number];

const EVERY_MS = 2_000;
/** Workers tell every five seconds that they live; a job of one that is silent for longer is handed back. */
const LATE_S = 8;

const ROLE_WORDS = {
  all: 'runs workflows and calls the agent',
  workflow: 'runs workflows',
  agent: 'calls the agent',
} as const satisfies Readonly<Record<Worker['role'], string>>;

/** Who does the work, and how the parts are that it needs. */
export function Page() {
  const query = usePages('listWorkers', {}, EVERY_MS);
  const info = useQuery(answer('queueInfo', {}));
  const nowMs = useNowMs(1_000);
  const workers = query.data?.pages.flatMap((page) => page.workers) ?? [];
  const { onMore } = moreOf(query);
  const slots = workers.reduce((sum, each) => sum + each.slots, 0);
  const busy = workers.reduce((sum, each) => sum + each.busy, 0);
  return (
    <>
      <PageHeader
        title="Workers"
        note={
          workers.length === 0
            ? undefined
            : `${plural(workers.length, 'worker')}: ${busy} of ${plural(slots, 'agent slot')} in use.`
        }
        actions={info.data && <PauseButton isPaused={info.data.paused !== null} />}
      />
      <div className={styles.page}>
        <Asked query={info}>{(data) => <Parts info={data} nowMs={nowMs} />}</Asked>
        <Asked query={query}>
          {() =>
            workers.length === 0 ? (
              <Panel isFlush>
                <Empty title="No worker is alive">
                  <p>
                    Jobs are accepted and wait. Start one with <code>pantry-queue worker</code>; one that was killed is
                    listed until it has not been seen for 15 s.
                  </p>
                </Empty>
              </Panel>
            ) : (
              <ul className={styles.list}>
                {workers.map((worker) => (
                  <li key={`${worker.name}/${worker.pid}`}>
                    <WorkerCard worker={worker} nowMs={nowMs} />
                  </li>
                ))}
              </ul>
            )
          }
        </Asked>
        {onMore && (
          <p>
            Only the first {workers.length} are shown: <code>pantry-queue queue workers</code> lists all.
          </p>
        )}
      </div>
    </>
  );
}

function WorkerCard({ worker, nowMs }: { readonly worker: Worker; readonly nowMs: number }) {
  const { name, host, pid, role, version, slots, busy, doing, stopping, last_seen_s, started_at } = worker;
  return (
    <article className={styles.card}>
      <div className={styles.head}>
        <h2>{name}</h2>
        {stopping ? (
          <Badge tone="deferred" icon="pause">
            Stopping
          </Badge>
        ) : last_seen_s > LATE_S ? (
          <Badge tone="failed" icon="cross">
            Not seen for {last_seen_s} s
          </Badge>
        ) : (
          <Badge tone="finished" icon="check">
            Alive
          </Badge>
        )}
      </div>
      <p className={styles.quiet}>
        It {ROLE_WORDS[role]} · {host}, process {pid} · version {version} · up for{' '}
        {lengthOf((nowMs - Date.parse(started_at)) / 1_000)} · seen {last_seen_s} s ago
      </p>
      {slots > 0 && (
        <div className={styles.slots}>
          <span className={styles.count}>
            {busy} of {plural(slots, 'slot')}
          </span>
          <div className={styles.meter}>
            <Progress
              label={`Slots in use of ${name}`}
              parts={[{ word: 'in use', tone: 'started', count: busy }]}
              total={slots}
              done={busy}
            />
          </div>
        </div>
      )}
      {doing.length > 0 && (
        <ul className={styles.doing}>
          {doing.map(({ job_id, phase, since }) => (
            <li key={job_id}>
              <Link href={addressOfPage('job', job_id)}>{job_id}</Link>{' '}
              <span className={styles.quiet}>
                {phase}, {lengthOf((nowMs - Date.parse(since)) / 1_000)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

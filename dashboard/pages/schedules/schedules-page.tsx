import { Suspense, useState } from 'react';
import { moreOf, usePages } from '../../api/pages.ts';
import { useMay } from '../../api/session.ts';
import { Asked } from '../../shell/asked.tsx';
import { lazyPart } from '../../shell/lazy-part.ts';
import { useNowMs } from '../../shell/now.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { plural } from '../../words/text.ts';
import { ScheduleCard } from './schedule-card.tsx';
import styles from './schedules.module.css';

const ScheduleForm = lazyPart(async () => (await import('./schedule-form.tsx')).ScheduleForm);

const COUNTDOWN_EVERY_MS = 1_000;

/** What queues pending receipts by itself, and when. */
export function Page() {
  const [isMaking, setMaking] = useState(false);
  const query = usePages('listSchedules', {}, 15_000);
  const nowMs = useNowMs(COUNTDOWN_EVERY_MS);
  const because = useMay('jobs:write') ? undefined : 'Your key lacks the scope jobs:write.';
  const schedules = query.data?.pages.flatMap((page) => page.schedules) ?? [];
  const { onMore, isLoadingMore } = moreOf(query);
  return (
    <>
      <PageHeader
        title="Schedules"
        note={
          schedules.length > 0
            ? `${plural(schedules.length, 'schedule')}. Each queues all pending receipts at its times.`
            : undefined
        }
        actions={
          <Button kind="primary" disabledBecause={because} onClick={() => setMaking(true)}>
            New schedule
          </Button>
        }
      />
      <Asked query={query}>
        {() =>
          schedules.length === 0 ? (
            <Panel isFlush>
              <Empty title="No schedule yet">
                <p>
                  A schedule queues all pending receipts at its times: make one here, or with{' '}
                  <code>pantry-queue schedule create nightly "0 2 * * *"</code>.
                </p>
              </Empty>
            </Panel>
          ) : (
            <ul className={styles.list}>
              {schedules.map((schedule) => (
                <li key={schedule.name}>
                  <ScheduleCard schedule={schedule} nowMs={nowMs} because={because} />
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
      {onMore && (
        <Button isBusy={isLoadingMore} onClick={onMore}>
          Load more
        </Button>
      )}
      {isMaking && (
        <Suspense fallback={null}>
          <ScheduleForm onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </>
  );
}

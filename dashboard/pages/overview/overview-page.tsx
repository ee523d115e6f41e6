import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { Suspense } from 'react';
import { answer } from '../../api/queries.ts';
import { Asked } from '../../shell/asked.tsx';
import { lazyPart } from '../../shell/lazy-part.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { AddReceipts } from '../../shell/uploads.tsx';
import { useKeys } from '../../ui/keys.ts';
import { clockOf } from '../../words/times.ts';
import { Counts } from './counts.tsx';
import { Latest } from './latest.tsx';
import styles from './overview.module.css';
import { Parts } from './parts.tsx';
import { PauseButton } from './pause-button.tsx';
import { Problems } from './problems.tsx';
import { SpanPicker } from './span-picker.tsx';
import { SPANS } from './spans.ts';

const Charts = lazyPart(async () => (await import('./charts.tsx')).Charts);

const NAMES = SPANS.map(({ name }) => name);

/** What the queue is doing, and first of all what is wrong. */
export function Page() {
  const info = useQuery(answer('queueInfo', {}));
  const [name, setName] = useQueryState('span', parseAsStringLiteral(NAMES).withDefault('24 h'));
  const span = SPANS.find((each) => each.name === name) ?? SPANS[2];
  useKeys(SPANS.map((each, nth) => [String(nth + 1), () => void setName(each.name)]));
  return (
    <>
      <PageHeader
        title="Overview"
        note={info.data && `As of ${clockOf(info.data.as_of)}`}
        actions={
          <>
            <PauseButton isPaused={info.data?.paused != null} />
            <AddReceipts />
          </>
        }
      />
      <div className={styles.page}>
        <Asked query={info}>
          {(data) => (
            <>
              <Problems info={data} />
              <Counts info={data} />
            </>
          )}
        </Asked>
        <Latest />
        <div className={styles.span}>
          <h2>Over time</h2>
          <SpanPicker value={span.name} onChange={(next) => void setName(next)} />
        </div>
        <div className={styles.charts}>
          <Suspense fallback={null}>
            <Charts span={span} />
          </Suspense>
        </div>
        {info.data && <Parts info={info.data} />}
      </div>
    </>
  );
}

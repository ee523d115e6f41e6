import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Asked } from '../../shell/asked.tsx';
import { LineChart } from '../../ui/line-chart.tsx';
import { Panel } from '../../ui/panel.tsx';
import { countOf } from '../../words/money.ts';
import { lengthOf } from '../../words/times.ts';
import styles from './charts.module.css';
import { historyOf, type Span } from './spans.ts';

const EVERY_MS = 30_000;

/** How much was read, and how long jobs waited, over a span of time. */
export function Charts({ span }: { readonly span: Span }) {
  const history = useQuery({
    queryKey: ['queueHistory', span.name],
    queryFn: ({ signal }) => call('queueHistory', historyOf(span, Date.now()), { signal }),
    refetchInterval: EVERY_MS,
    placeholderData: (before) => before,
  });
  return (
    <Asked query={history}>
      {({ buckets }) => {
        const times = buckets.map(({ at }) => at);
        return (
          <div className={styles.charts}>
            <Panel title="Ended jobs" note={`Each point is ${stepName(span)}.`}>
              <LineChart
                label={`Ended jobs, the last ${span.name}`}
                times={times}
                says={countOf}
                lines={[
                  { name: 'Finished', tone: 'finished', values: buckets.map(({ finished }) => finished) },
                  { name: 'Failed', tone: 'failed', values: buckets.map(({ failed }) => failed), isDashed: true },
                ]}
              />
            </Panel>
            <Panel title="Wait before the first call" note="Half of the jobs waited no longer than the median.">
              <LineChart
                label={`Wait before the first call of the agent, the last ${span.name}`}
                times={times}
                says={lengthOf}
                lines={[
                  { name: 'Median', tone: 'queued', values: buckets.map(({ wait_p50_s }) => wait_p50_s) },
                  {
                    name: '95 % within',
                    tone: 'deferred',
                    values: buckets.map(({ wait_p95_s }) => wait_p95_s),
                    isDashed: true,
                  },
                ]}
              />
            </Panel>
          </div>
        );
      }}
    </Asked>
  );
}

const STEP_NAMES: Readonly<Record<Span['step'], string>> = {
  '1m': 'a minute',
  '15m': '15 minutes',
  '1h': 'an hour',
  '6h': '6 hours',
};
const stepName = ({ step }: Span) => STEP_NAMES[step];

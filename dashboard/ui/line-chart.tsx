import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Tone } from '../words/states.ts';
import { whenOf } from '../words/times.ts';
import { Button } from './button.tsx';
import { Dot } from './dot.tsx';
import styles from './line-chart.module.css';

export interface Line {
  readonly name: string;
  readonly tone: Tone;
  /** One for each time; null: nothing is known there. */
  readonly values: readonly (number | null)[];
  readonly isDashed?: boolean;
}

interface LineChartProps {
  /** What it shows, for those who hear it. */
  readonly label: string;
  /** RFC 3339, ascending. */
  readonly times: readonly string[];
  readonly lines: readonly Line[];
  readonly says: (value: number) => string;
}

const HEIGHT_PX = 180;

/** Values over time, as lines or as a table. */
export function LineChart({ label, times, lines, says }: LineChartProps) {
  const [isTable, setTable] = useState(false);
  const [at, setAt] = useState<number>();
  const here = at === undefined ? undefined : times[at];
  return (
    <figure className={styles.chart} aria-label={label}>
      <ul className={styles.legend}>
        {lines.map(({ name, tone, values }) => (
          <li key={name}>
            <Dot tone={tone} />
            {name}
            {at !== undefined && <strong>{textOf(values[at], says)}</strong>}
          </li>
        ))}
        <li className={styles.at}>{here === undefined ? '' : whenOf(here, Date.now())}</li>
        <li>
          <Button kind="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            As table
          </Button>
        </li>
      </ul>
      {isTable ? <ValueTable {...{ label, times, lines, says }} /> : <Canvas {...{ times, lines, says, setAt }} />}
    </figure>
  );
}

function textOf(value: number | null | undefined, says: (value: number) => string): string {
  return value === null || value === undefined ? '–' : says(value);
}

interface CanvasProps extends Pick<LineChartProps, 'times' | 'lines' | 'says'> {
  readonly setAt: (at: number | undefined) => void;
}

function Canvas({ times, lines, says, setAt }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const plot = useRef<uPlot>(undefined);
  const data: uPlot.AlignedData = [
    times.map((time) => Date.parse(time) / 1_000),
    ...lines.map(({ values }) => [...values]),
  ];
  const latest = useRef(data);
  latest.current = data;
  const kinds = lines.map(({ tone, name, isDashed = false }) => `${tone}/${name}/${isDashed}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart is made anew for other lines or another theme only
  useEffect(() => {
    if (!box.current) return undefined;
    const made = new uPlot(optionsOf(box.current, lines, says, setAt), latest.current, box.current);
    plot.current = made;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) made.setSize({ width: entry.contentRect.width, height: HEIGHT_PX });
    });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [kinds, theme]);
  useEffect(() => plot.current?.setData(latest.current));
  return <div ref={box} className={styles.canvas} aria-hidden />;
}

function optionsOf(
  box: HTMLElement,
  lines: readonly Line[],
  says: (value: number) => string,
  setAt: (at: number | undefined) => void,
): uPlot.Options {
  const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  const axis = {
    stroke: token('ink-3'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: token('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_, marks) => marks.map((mark) => tickOf(mark, marks)) },
      { ...axis, size: 56, values: (_, marks) => marks.map(says) },
    ],
    series: [
      {},
      ...lines.map(({ name, tone, isDashed = false }) => ({
        label: name,
        stroke: token(`${tone}-mark`),
        width: 2,
        points: { show: false },
        ...(isDashed ? { dash: [4, 4] } : {}),
      })),
    ],
    hooks: { setCursor: [({ cursor }) => setAt(cursor.idx ?? undefined)] },
  };
}

const DAY_S = 86_400;

/** Under the chart: the time of day, or the day where a span of several is shown. */
function tickOf(mark: number, marks: readonly number[]): string {
  const isLong = (marks.at(-1) ?? mark) - (marks[0] ?? mark) > 2 * DAY_S;
  const parts: Intl.DateTimeFormatOptions = isLong
    ? { day: 'numeric', month: 'short' }
    : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(undefined, parts).format(mark * 1_000);
}

function ValueTable({ label, times, lines, says }: LineChartProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={styles.scroll} tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col" className={styles.number}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, at) => (
            <tr key={time}>
              <td>{whenOf(time, Date.now())}</td>
              {lines.map(({ name, values }) => (
                <td key={name} className={styles.number}>
                  {textOf(values[at], says)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Which theme is shown: a canvas has no custom properties of its own. */
function useTheme(): string {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia('(prefers-color-scheme: dark)');
      const observer = new MutationObserver(changed);
      observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
      media.addEventListener('change', changed);
      return () => {
        observer.disconnect();
        media.removeEventListener('change', changed);
      };
    },
    () => `${document.documentElement.dataset.theme}/${matchMedia('(prefers-color-scheme: dark)').matches}`,
  );
}

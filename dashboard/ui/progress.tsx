import { countOf } from '../words/money.ts';
import type { Tone } from '../words/states.ts';
import { classNames } from './class-names.ts';
import { Dot } from './dot.tsx';
import styles from './progress.module.css';

export interface ProgressPart {
  readonly word: string;
  readonly tone: Tone;
  readonly count: number;
}

interface ProgressProps {
  /** What progresses, for those who hear the bar. */
  readonly label: string;
  readonly parts: readonly ProgressPart[];
  readonly total: number;
  /** How many of the total have ended. */
  readonly done: number;
  readonly hasLegend?: boolean;
}

/** How far something is, by parts; each part is named in the legend. */
export function Progress({ label, parts, total, done, hasLegend = false }: ProgressProps) {
  const there = parts.filter(({ count }) => count > 0);
  return (
    <div>
      <div
        className={styles.bar}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(total, 1)}
        aria-valuenow={done}
        aria-valuetext={`${countOf(done)} of ${countOf(total)}`}
      >
        {there.map(({ word, tone, count }) => (
          <span
            key={word}
            className={classNames(styles.part, styles[tone])}
            style={{ flexGrow: count, flexBasis: 0 }}
          />
        ))}
        {done < total && <span style={{ flexGrow: Math.max(0, total - sumOf(there)), flexBasis: 0 }} />}
      </div>
      {hasLegend && (
        <ul className={styles.legend}>
          {there.map(({ word, tone, count }) => (
            <li key={word}>
              <Dot tone={tone} />
              {countOf(count)} {word}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const sumOf = (parts: readonly ProgressPart[]) => parts.reduce((sum, { count }) => sum + count, 0);

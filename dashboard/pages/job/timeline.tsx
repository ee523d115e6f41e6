import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { withLocalTimes } from '../../words/local-times.ts';
import { wordsOf } from '../../words/states.ts';
import { shortLengthOf } from '../../words/times.ts';
import styles from './timeline.module.css';

type Explained = OutputOf<'explainJob'>;

const LINE_CHARS = 300;

/** Where its time went: waiting and reading apart, then its attempts, the newest first. */
export function Timeline({ explained }: { readonly explained: Explained }) {
  const { waits, attempts } = explained;
  const readS = attempts.reduce((sum, { seconds }) => sum + seconds, 0);
  return (
    <Panel title="Where its time went">
      <ul className={styles.spans} aria-label="Time by what it was for">
        {waits.map((wait) => (
          <li key={wait.state}>
            <Badge tone={toneOf(wait.state)} icon={iconOf(wait.state)}>
              <span>
                Waited for <Untrusted text={wait.waits_for} maxChars={80} />
              </span>
            </Badge>
            <span>
              {shortLengthOf(wait.seconds * 1_000)}
              {wait.times > 1 && `, ${wait.times} times`}
              {wait.now && ', still waiting'}
            </span>
          </li>
        ))}
        {attempts.length > 0 && (
          <li>
            <Badge tone="started" icon="play">
              Reading
            </Badge>
            <span>{shortLengthOf(readS * 1_000)}</span>
          </li>
        )}
      </ul>
      {attempts.length > 0 && (
        <>
          <h3 className={styles.heading}>Attempts</h3>
          <ol className={styles.attempts} reversed>
            {[...attempts].reverse().map((attempt) => (
              <li key={attempt.first}>
                <span className={styles.nth}>{nameOf(attempt)}</span>
                <span>{outcomeOf(attempt.outcome)}</span>
                <span className={styles.quiet}>
                  <Time at={attempt.began_at} />, {shortLengthOf(attempt.seconds * 1_000)}
                  {!attempt.charged && attempt.outcome !== null && attempt.outcome !== 'replied' && ', not counted'}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
      <details className={styles.words}>
        <summary>In words</summary>
        <ul>
          {explained.lines.map((line) => (
            <li key={line}>
              <Untrusted text={withLocalTimes(line, Date.now())} maxChars={LINE_CHARS} />
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  );
}

const partsOf = (state: string) => {
  const [status = '', phase] = state.split('/');
  return wordsOf(status as Parameters<typeof wordsOf>[0], phase);
};
const toneOf = (state: string) => partsOf(state)?.tone ?? 'deferred';
const iconOf = (state: string) => partsOf(state)?.icon ?? 'pause';

function nameOf({ first, last }: Explained['attempts'][number]): string {
  return first === last ? `${first}` : `${first}–${last}`;
}

function outcomeOf(outcome: string | null) {
  if (outcome === null) return 'under way';
  return outcome === 'replied' ? 'replied' : <code>{outcome}</code>;
}

import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import type { StateWords } from '../../words/states.ts';
import { plural } from '../../words/text.ts';
import { lengthOf } from '../../words/times.ts';
import styles from './workers.module.css';

type Info = OutputOf<'queueInfo'>;
type PartName = 'agent' | 'engine' | 'ledger' | 'workers';
type PartState = Info['parts'][PartName];

const WELL: StateWords = { word: 'Healthy', icon: 'check', tone: 'finished' };
const DOWN: StateWords = { word: 'Unreachable', icon: 'cross', tone: 'failed' };

const STATES: Readonly<Record<PartState, StateWords>> = {
  ok: WELL,
  down: DOWN,
  misconfigured: { word: 'Misconfigured', icon: 'cross', tone: 'failed' },
  unknown: { word: 'Not known yet', icon: 'clock', tone: 'queued' },
  read_only: { word: 'Read-only', icon: 'pause', tone: 'deferred' },
  partial: { word: 'Some are missing', icon: 'pause', tone: 'deferred' },
  none: { word: 'None', icon: 'cross', tone: 'failed' },
};

const PARTS: readonly (readonly [PartName, string, string])[] = [
  ['agent', 'OCR agent', 'reads the receipts'],
  ['engine', 'Temporal', 'runs the workflows'],
  ['ledger', 'PostgreSQL', 'holds every job'],
  ['workers', 'Workers', 'do the work'],
];

/** How the parts are that a job needs, and what is known where one is not well. */
export function Parts({ info, nowMs }: { readonly info: Info; readonly nowMs: number }) {
  const problems = info.problems.filter(({ part }) => PARTS.some(([name]) => name === part));
  return (
    <>
      {problems.map(({ part, code, message, hint, since, jobs }) => (
        <Panel key={`${part}/${code}`} mark="alarm">
          <p>
            <strong>
              <Untrusted text={message} maxChars={400} />
            </strong>{' '}
            {since !== null && (
              <>
                Since <Time at={since} />.{' '}
              </>
            )}
            {jobs > 0 && `${plural(jobs, 'job')} wait${jobs === 1 ? 's' : ''} for it. `}
          </p>
          <p className={styles.quiet}>
            <Untrusted text={hint} maxChars={400} />
          </p>
        </Panel>
      ))}
      <ul className={styles.parts}>
        {PARTS.map(([name, title, does]) => {
          const { word, icon, tone } = STATES[info.parts[name]];
          const since = name === 'agent' ? info.parts.agent_since : name === 'engine' ? info.parts.engine_since : null;
          return (
            <li key={name} className={styles.part}>
              <h2>{title}</h2>
              <Badge tone={tone} icon={icon}>
                {word}
              </Badge>
              <p className={styles.quiet}>
                {does}
                {since !== null && ` · ${word.toLowerCase()} for ${lengthOf((nowMs - Date.parse(since)) / 1_000)}`}
              </p>
            </li>
          );
        })}
      </ul>
    </>
  );
}

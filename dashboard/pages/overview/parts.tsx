import { Link } from 'wouter';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { useWhoami } from '../../api/session.ts';
import { addressOfPage } from '../../pages.ts';
import { Dot } from '../../ui/dot.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import type { Tone } from '../../words/states.ts';
import { plural } from '../../words/text.ts';
import styles from './parts.module.css';

type Info = OutputOf<'queueInfo'>;

/** The words of the parts, and their tones. */
const STATES: Readonly<Record<string, readonly [word: string, tone: Tone]>> = {
  ok: ['Healthy', 'finished'],
  down: ['Unreachable', 'failed'],
  misconfigured: ['Misconfigured', 'failed'],
  unknown: ['Not known yet', 'scheduled'],
  read_only: ['Read-only', 'failed'],
  partial: ['Some are missing', 'deferred'],
  none: ['None running', 'failed'],
};

/** How each part of the queue is, and since when. */
export function Parts({ info }: { readonly info: Info }) {
  const { parts, workers, agent_slots } = info;
  const temporal = useWhoami()?.temporal_ui;
  const running = workers.reduce((sum, { running: jobs }) => sum + jobs.length, 0);
  return (
    <Panel title="Parts" actions={<Link href={addressOfPage('workers')}>Workers</Link>}>
      <Facts
        rows={[
          ['OCR agent', <Part key="agent" state={parts.agent} since={parts.agent_since} />],
          [
            'Temporal',
            <span key="engine">
              <Part state={parts.engine} since={parts.engine_since} />
              {temporal ? (
                <>
                  {' '}
                  <a href={temporal} target="_blank" rel="noreferrer">
                    Web UI
                  </a>
                </>
              ) : null}
            </span>,
          ],
          ['PostgreSQL', <Part key="ledger" state={parts.ledger} since={null} />],
          [
            'Workers',
            <span key="workers">
              <Part state={parts.workers} since={null} />{' '}
              <span className={styles.quiet}>
                {plural(workers.length, 'worker')}, {running} of {plural(agent_slots, 'slot')} in use
              </span>
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}

function Part({ state, since }: { readonly state: string; readonly since: string | null }) {
  const [word, tone] = STATES[state] ?? [state, 'scheduled'];
  return (
    <span className={styles.part}>
      <Dot tone={tone} />
      {word}
      {since !== null && (
        <span className={styles.quiet}>
          since <Time at={since} />
        </span>
      )}
    </span>
  );
}

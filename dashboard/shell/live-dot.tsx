import { useLocation } from 'wouter';
import { PAGES } from '../pages.ts';
import { clockOf } from '../words/times.ts';
import styles from './live-dot.module.css';
import { type LiveStatus, useAnsweredMs, useLiveStatus } from './live-status.ts';

function wordsOf({ state, sinceMs }: LiveStatus): string {
  switch (state) {
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting';
    case 'reconnecting':
      return `Reconnecting, data of ${clockOf(sinceMs)}`;
    case 'held':
      return `Paused by you, data of ${clockOf(sinceMs)}`;
  }
}

/** Whether what the page shows is of now, in words. */
export function LiveDot() {
  const status = useLiveStatus();
  const answeredMs = useAnsweredMs();
  const [location] = useLocation();
  return (
    <div className={styles.live} data-state={status.state}>
      <span className={styles.dot} aria-hidden />
      <span role="status">{wordsOf(status)}</span>
      {/* The overview says it under its title. */}
      {location !== PAGES.overview.path && status.state === 'live' && answeredMs !== undefined && (
        <span className={styles.age}>as of {clockOf(answeredMs)}</span>
      )}
    </div>
  );
}

import { clockOf } from '../words/times.ts';
import styles from './live-dot.module.css';
import { type LiveStatus, useLiveStatus } from './live-status.ts';

function wordsOf({ state, sinceMs }: LiveStatus): string {
  switch (state) {
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting';
    case 'reconnecting':
      return `Reconnecting, data of ${clockOf(sinceMs)}`;
    case 'held':
      return 'Paused by you';
  }
}

/** Whether what the page shows is of now, in words. */
export function LiveDot() {
  const status = useLiveStatus();
  return (
    <p className={styles.live} data-state={status.state} role="status">
      <span className={styles.dot} aria-hidden />
      {wordsOf(status)}
    </p>
  );
}

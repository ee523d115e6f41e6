import type { ReactNode } from 'react';
import styles from './empty.module.css';

interface EmptyProps {
  /** "No job has failed." */
  readonly title: string;
  /** What would be here, and the one way to put it there; or the filter, and a button that drops it. */
  readonly children?: ReactNode;
}

/** In place of rows that are not there. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  );
}

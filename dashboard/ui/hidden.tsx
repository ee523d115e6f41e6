import type { ReactNode } from 'react';
import styles from './hidden.module.css';

/** Text for those who hear the page. */
export function Hidden({ children }: { readonly children: ReactNode }) {
  return <span className={styles.hidden}>{children}</span>;
}

import { useEffect, useState } from 'react';
import styles from './waiting.module.css';

const SHOWN_AFTER_MS = 300;

/** A thin line while something loads; what loads at once shows nothing. */
export function Waiting() {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return isShown ? <div className={styles.line} role="progressbar" aria-label="Loading" /> : null;
}

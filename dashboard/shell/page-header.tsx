import { type ReactNode, useEffect } from 'react';
import styles from './page-header.module.css';

interface PageHeaderProps {
  readonly title: string;
  /** In the title of the tab, before the page’s own: how many. */
  readonly count?: number | undefined;
  /** One line under the title: what the page says first. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
}

/** The head of a page: its one `h1`, the title of the tab, and its actions. */
export function PageHeader({ title, count, note, actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${count ? `(${count}) ` : ''}${title} · pantry-queue`;
  }, [title, count]);
  return (
    <div className={styles.head}>
      <div>
        <h1>{title}</h1>
        {note !== undefined && <div className={styles.note}>{note}</div>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';
import styles from './panel.module.css';

interface PanelProps {
  readonly title?: string;
  /** One small line under the title: "as of 16:58:12". */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** Its rows reach its edges. */
  readonly isFlush?: boolean;
  /** A mark at its side: something waits, or is wrong. */
  readonly mark?: 'notice' | 'alarm';
  readonly children: ReactNode;
}

/** A part of a page, on a card. */
export function Panel({ title, note, actions, isFlush = false, mark, children }: PanelProps) {
  const titleId = useId();
  const hasHead = title !== undefined || note !== undefined || actions !== undefined;
  return (
    <section
      className={classNames(styles.panel, mark && styles[mark])}
      aria-labelledby={title === undefined ? undefined : titleId}
    >
      {hasHead && (
        <div className={styles.head}>
          <div>
            {title !== undefined && <h2 id={titleId}>{title}</h2>}
            {note !== undefined && <p className={styles.note}>{note}</p>}
          </div>
          {actions}
        </div>
      )}
      <div className={isFlush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}

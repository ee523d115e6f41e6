import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { Hidden } from './hidden.tsx';
import { useKeys } from './keys.ts';
import { useMedia } from './media.ts';
import styles from './rows.module.css';

export interface Column<Row> {
  readonly name: string;
  /** In place of the name in the head; the name is read out all the same. */
  readonly isNameHidden?: boolean;
  readonly cell: (row: Row, at: number) => ReactNode;
  /** CSS width; columns without one share what is left. */
  readonly width?: string;
  readonly isEnd?: boolean;
  readonly isQuiet?: boolean;
  /** Its cells have no padding: what is in them fills them. */
  readonly isBare?: boolean;
  /** Left out where there is no room: its facts are on the row's own page. */
  readonly isDeskOnly?: boolean;
}

interface RowsProps<Row> {
  /** What the rows are, for those who hear the table. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** There are more behind these: asked for when the end comes near, or by the button. */
  readonly onMore?: (() => void) | undefined;
  readonly isLoadingMore?: boolean;
  /** Called by `x` with the row that has the focus. */
  readonly onMark?: ((row: Row) => void) | undefined;
}

const NARROW = '(max-width: 640px)';
const ROW_PX = 36;
const TOUCH_ROW_PX = 44;
const BEYOND_ROWS = 8;
const NEAR_ROWS = 40;

/**
 * A long table: only the rows in sight are in the page, between two spacers. `j`, `k` and the arrows move from row to row;
 * the link in a row (`rowLink`) has the focus then, so `Enter` opens it.
 */
export function Rows<Row>(props: RowsProps<Row>) {
  const { label, columns, rows, keyOf, onMore, isLoadingMore = false, onMark } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const [marginPx, setMarginPx] = useState(0);
  const rowPx = useMedia(NARROW) ? TOUCH_ROW_PX : ROW_PX;
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top ?? 0;
    setMarginPx(top + window.scrollY);
  }, []);
  const key = useRef(keyOf);
  key.current = keyOf;
  // The same function for the same rows: for another one the places of all rows are computed again.
  const getItemKey = useCallback((at: number) => key.current(rows[at] as Row), [rows]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowPx,
    overscan: BEYOND_ROWS,
    scrollMargin: marginPx,
    getItemKey,
  });
  const seen = virtual.getVirtualItems();
  const [first, last] = [seen[0], seen.at(-1)];
  const abovePx = first ? first.start - marginPx : 0;
  const belowPx = last ? virtual.getTotalSize() - (last.end - marginPx) : 0;

  const isNearEnd = last !== undefined && last.index >= rows.length - NEAR_ROWS;
  useLayoutEffect(() => {
    if (isNearEnd && !isLoadingMore) onMore?.();
  }, [isNearEnd, isLoadingMore, onMore]);

  const focusedAt = () => Number(body.current?.querySelector<HTMLElement>('tr:focus-within')?.dataset.at ?? -1);
  const move = (by: number) => {
    const from = focusedAt();
    const to = Math.min(rows.length - 1, Math.max(0, from + by));
    virtual.scrollToIndex(to, { align: 'auto' });
    focusRow(body, to);
  };
  const mark = () => {
    const row = rows[focusedAt()];
    if (row !== undefined) onMark?.(row);
  };
  useKeys([
    ['j', () => move(1)],
    ['k', () => move(-1)],
    ['ArrowDown', () => move(1)],
    ['ArrowUp', () => move(-1)],
    ...(onMark ? [['x', mark] as const] : []),
  ]);

  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label={label} aria-rowcount={rows.length + 1}>
        <colgroup>
          {columns.map(({ name, width, isDeskOnly = false }) => (
            <col
              key={name}
              style={width === undefined ? {} : { width }}
              className={classNames(isDeskOnly && styles.deskOnly)}
            />
          ))}
        </colgroup>
        <thead>
          <tr className={styles.head}>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={cellClass(column)}>
                {column.isNameHidden ? <Hidden>{column.name}</Hidden> : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer heightPx={abovePx} columns={columns.length} />
          {seen.map(({ index, key }) => {
            const row = rows[index] as Row;
            return (
              <tr key={key} data-at={index} aria-rowindex={index + 2} className={styles.row}>
                {columns.map((column) => (
                  <td key={column.name} className={cellClass(column)}>
                    {column.cell(row, index)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer heightPx={belowPx} columns={columns.length} />
        </tbody>
      </table>
      {onMore && (
        <div className={styles.more}>
          <Button kind="quiet" isBusy={isLoadingMore} onClick={onMore}>
            {isLoadingMore ? 'Loading more…' : 'Load more'}
          </Button>
        </div>
      )}
    </div>
  );
}

function Spacer({ heightPx, columns }: { readonly heightPx: number; readonly columns: number }) {
  if (heightPx <= 0) return null;
  return (
    <tr aria-hidden className={styles.spacer}>
      <td colSpan={columns} style={{ height: heightPx }} />
    </tr>
  );
}

function cellClass<Row>({ isEnd = false, isQuiet = false, isBare = false, isDeskOnly = false }: Column<Row>): string {
  return classNames(isBare && styles.bare, isEnd && styles.end, isQuiet && styles.quiet, isDeskOnly && styles.deskOnly);
}

/** The row may be drawn only after it was scrolled to. */
function focusRow(body: { readonly current: HTMLElement | null }, at: number, tries = 10): void {
  const link = body.current?.querySelector<HTMLElement>(`tr[data-at='${at}'] :is(a, button)`);
  if (link) link.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusRow(body, at, tries - 1));
}

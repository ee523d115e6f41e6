import { classNames } from './class-names.ts';
import styles from './rows.module.css';
import type { Column } from './rows.tsx';

interface FewRowsProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/** A short table with the looks of `Rows`, and none of the code that long ones need. */
export function FewRows<Row>({ label, columns, rows, keyOf }: FewRowsProps<Row>) {
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label={label}>
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
              <th key={column.name} scope="col" className={classOf(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={keyOf(row)} className={styles.row}>
              {columns.map((column) => (
                <td key={column.name} className={classOf(column)}>
                  {column.cell(row, at)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<Row>({ isEnd = false, isQuiet = false, isDeskOnly = false }: Column<Row>): string {
  return classNames(isEnd && styles.end, isQuiet && styles.quiet, isDeskOnly && styles.deskOnly);
}

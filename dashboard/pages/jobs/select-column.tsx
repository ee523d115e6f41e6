import type { Column } from '../../ui/rows.tsx';
import styles from './jobs.module.css';
import type { Selection } from './use-selection.ts';
import type { FoundJob } from './why.ts';

/** The columns of a list, with one before them that selects jobs; `x` does the same for the row that has the focus. */
export function withSelection(columns: readonly Column<FoundJob>[], selection: Selection): readonly Column<FoundJob>[] {
  // On a phone the box takes the room of the age, which stands on the page of the job.
  return [
    selectColumn(selection),
    ...columns.map((each) => (each.name === 'Age' ? { ...each, isDeskOnly: true } : each)),
  ];
}

function selectColumn({ has, toggle }: Selection): Column<FoundJob> {
  return {
    name: 'Selected',
    isNameHidden: true,
    isBare: true,
    width: '40px',
    cell: ({ job_id }) => (
      <label className={styles.mark}>
        <input type="checkbox" aria-label={`Select ${job_id}`} checked={has(job_id)} onChange={() => toggle(job_id)} />
      </label>
    ),
  };
}

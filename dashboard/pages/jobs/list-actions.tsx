import { Suspense, useState } from 'react';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import { useMay } from '../../api/session.ts';
import { lazyPart } from '../../shell/lazy-part.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../words/text.ts';
import type { Bulk, BulkAction } from '../bulk/use-preview.ts';
import { bulksOf } from './filter-bulks.ts';
import styles from './jobs.module.css';
import { SELECTION_ACTIONS, type SelectionAction } from './selection-actions.ts';
import { MOST_SELECTED, type Selection } from './use-selection.ts';

const BulkDialog = lazyPart(async () => (await import('../bulk/bulk-dialog.tsx')).BulkDialog);
const SelectionDialog = lazyPart(async () => (await import('./selection-dialog.tsx')).SelectionDialog);

const NOT_ALLOWED = 'Your key lacks the scope jobs:write.';
const ACTIONS = Object.keys(SELECTION_ACTIONS) as SelectionAction[];
const BULK_WORDS: Readonly<Record<BulkAction, string>> = {
  redriveFailedJobs: 'Redrive all of these…',
  clearFailedJobs: 'Clear all of these…',
  cancelJobs: 'Cancel all of these…',
};

interface ListActionsProps {
  /** The filter of the list, without what is empty. */
  readonly asked: InputOf<'findJobs'>;
  /** The filter finds none. */
  readonly isEmpty: boolean;
  readonly selection: Selection;
  /** Some rows have changed, and stay where they are. */
  readonly onChanged: () => Promise<unknown>;
  /** Any row may have changed. */
  readonly onManyChanged: () => Promise<unknown>;
}

/** What can be done to the selected jobs; where none is selected, to all that the filter finds. */
export function ListActions({ asked, isEmpty, selection, onChanged, onManyChanged }: ListActionsProps) {
  const [asking, setAsking] = useState<SelectionAction | Bulk>();
  const because = useMay('jobs:write') ? undefined : NOT_ALLOWED;
  const { jobs } = selection;
  const close = () => setAsking(undefined);
  const bulks = jobs.length === 0 && !isEmpty ? bulksOf(asked) : [];
  if (jobs.length === 0 && bulks.length === 0 && asking === undefined) return null;
  return (
    <div className={styles.actions}>
      {jobs.length > 0 && (
        <>
          <p role="status">
            {plural(jobs.length, 'job')} selected{jobs.length >= MOST_SELECTED && ', the most at a time'}
          </p>
          {ACTIONS.map((action) => {
            const { verb, none, fits } = SELECTION_ACTIONS[action];
            return (
              <Button
                key={action}
                disabledBecause={because ?? (jobs.some(fits) ? undefined : none)}
                onClick={() => setAsking(action)}
              >
                {verb}…
              </Button>
            );
          })}
          <Button kind="quiet" onClick={selection.clear}>
            Clear selection
          </Button>
        </>
      )}
      {bulks.map((bulk) => (
        <Button key={bulk.action} disabledBecause={because} onClick={() => setAsking(bulk)}>
          {BULK_WORDS[bulk.action]}
        </Button>
      ))}
      {asking !== undefined && (
        <Suspense fallback={null}>
          {typeof asking === 'string' ? (
            <SelectionDialog
              action={asking}
              jobs={jobs}
              onClose={close}
              onDone={async (done) => {
                selection.drop(done);
                await onChanged();
              }}
            />
          ) : (
            <BulkDialog bulk={asking} about="All jobs that this filter finds" onClose={close} onDone={onManyChanged} />
          )}
        </Suspense>
      )}
    </div>
  );
}

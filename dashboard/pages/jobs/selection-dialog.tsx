import { Confirm } from '../../ui/confirm.tsx';
import { tell } from '../../ui/tell.ts';
import { plural } from '../../words/text.ts';
import { actOnEach, type Outcome } from './act-on-each.ts';
import { SELECTION_ACTIONS, type SelectionAction } from './selection-actions.ts';
import type { FoundJob } from './why.ts';

const NAMED = 5;

interface SelectionDialogProps {
  readonly action: SelectionAction;
  readonly jobs: readonly FoundJob[];
  readonly onClose: () => void;
  /** Called with those that it was done to; the others stay selected. */
  readonly onDone: (jobIds: readonly string[]) => Promise<unknown>;
}

/** Asks before the selected jobs are acted on, and says which were refused. */
export function SelectionDialog({ action, jobs, onClose, onDone }: SelectionDialogProps) {
  const { verb, past, what, isDanger = false, fits, act } = SELECTION_ACTIONS[action];
  const fitting = jobs.filter(fits);
  const left = jobs.length - fitting.length;
  const confirm = async () => {
    const outcome = await actOnEach(
      fitting.map(({ job_id }) => job_id),
      act,
    );
    if (outcome.done.length > 0) tell(`${plural(outcome.done.length, 'job')} ${past}`);
    await onDone(outcome.done);
    if (outcome.refused.length > 0) throw refusalOf(outcome, past);
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title={`${verb} ${plural(fitting.length, 'job')}?`}
      action={`${verb} ${plural(fitting.length, 'job')}`}
      kind={isDanger ? 'danger' : 'primary'}
      onConfirm={confirm}
    >
      <p>{what}</p>
      {left > 0 && <p>{plural(left, 'selected job')} cannot be changed this way and will be left as they are.</p>}
    </Confirm>
  );
}

/** What is told of those that were refused: how many, which, and why. */
function refusalOf({ refused }: Outcome, past: string) {
  const named = refused.slice(0, NAMED).map(({ jobId, problem }) => `${jobId}: ${problem.detail}`);
  const [first] = refused;
  return {
    title: `${plural(refused.length, 'job was', 'jobs were')} not ${past}`,
    detail: [...named, ...(refused.length > NAMED ? [`And ${refused.length - NAMED} more.`] : [])].join(' '),
    hint: first?.problem.hint,
    code: first?.problem.code,
  };
}

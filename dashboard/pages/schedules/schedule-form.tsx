import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { PRIORITIES, type Priority } from '../../../src/contract/job.ts';
import type { Overlap, Schedule } from '../../../src/contract/operations/schedules.ts';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { CheckField, errorsByField, SelectField, TextField } from '../../ui/field.tsx';
import { tell } from '../../ui/tell.ts';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { cronInWords } from '../../words/cron.ts';
import { OVERLAP_WORDS } from '../../words/schedules.ts';
import styles from './schedules.module.css';

interface ScheduleFormProps {
  /** The one to change; absent: a new one. */
  readonly schedule?: Schedule;
  readonly onClose: () => void;
}

const OVERLAPS = Object.entries(OVERLAP_WORDS) as [Overlap, string][];
const PRIORITY_OPTIONS = PRIORITIES.map((each): [Priority, string] => [each, each]);

/** Makes a schedule, or changes when one fires. */
export function ScheduleForm({ schedule, onClose }: ScheduleFormProps) {
  const queries = useQueryClient();
  const [name, setName] = useState(schedule?.name ?? '');
  const [cron, setCron] = useState(schedule?.cron ?? '0 2 * * *');
  const [zone, setZone] = useState(schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [overlap, setOverlap] = useState<Overlap>(schedule?.overlap ?? 'skip');
  const [priority, setPriority] = useState<Priority>(schedule?.priority ?? 'default');
  const [isForAll, setForAll] = useState(false);
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const when = { name, cron, time_zone: zone, overlap, priority };
      if (schedule) await call('updateSchedule', when);
      else await call('createSchedule', { ...when, ...(isForAll ? { all_users: true } : {}) });
      tell(schedule ? `${name} was changed` : `${name} was made`);
      await queries.invalidateQueries();
      onClose();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(false);
    }
  };
  const errors = errorsByField(problem?.fields ?? []);
  return (
    <Dialog open onClose={onClose} title={schedule ? `Change ${schedule.name}` : 'New schedule'} holdsInput>
      <form className={styles.form} onSubmit={(event) => void save(event)}>
        {!schedule && (
          <TextField
            label="Name"
            name="name"
            value={name}
            onChange={setName}
            placeholder="nightly"
            error={errors.name}
            isPrivate
          />
        )}
        <div className={styles.pair}>
          <TextField
            label="Times"
            name="cron"
            value={cron}
            onChange={setCron}
            note={cronInWords(cron) ?? 'Minute, hour, day of month, month, day of week'}
            error={errors.cron}
            isPrivate
          />
          <TextField
            label="Time zone"
            name="time_zone"
            value={zone}
            onChange={setZone}
            error={errors.time_zone}
            isPrivate
          />
        </div>
        <div className={styles.pair}>
          <SelectField
            label="If the previous batch still runs"
            name="overlap"
            value={overlap}
            options={OVERLAPS}
            onChange={setOverlap}
          />
          <SelectField
            label="Priority"
            name="priority"
            value={priority}
            options={PRIORITY_OPTIONS}
            onChange={setPriority}
          />
        </div>
        {!schedule && (
          <CheckField label="The pending receipts of everyone in the tenant" checked={isForAll} onChange={setForAll} />
        )}
        {problem && <Trouble trouble={troubleOf(problem)} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {schedule ? 'Save' : 'Create schedule'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

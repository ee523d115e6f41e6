import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schedule } from '../../../src/contract/operations/schedules.ts';
import { call } from '../../api/call.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { TextField } from '../../ui/field.tsx';
import { ScheduleForm } from './schedule-form.tsx';

interface ScheduleDialogsProps {
  readonly dialog: 'pause' | 'edit' | 'delete';
  readonly schedule: Schedule;
  readonly onClose: () => void;
}

/** What is asked before a schedule is paused, changed or deleted. */
export function ScheduleDialogs({ dialog, schedule, onClose }: ScheduleDialogsProps) {
  const queries = useQueryClient();
  const { name } = schedule;
  const [note, setNote] = useState('');
  const after = () => queries.invalidateQueries({ queryKey: ['listSchedules'] });
  switch (dialog) {
    case 'edit':
      return <ScheduleForm schedule={schedule} onClose={onClose} />;
    case 'pause':
      return (
        <Confirm
          open
          onClose={onClose}
          title={`Pause ${name}?`}
          action="Pause it"
          onConfirm={async () => {
            await call('pauseSchedule', { name, ...(note.trim() === '' ? {} : { note: note.trim() }) });
            await after();
          }}
        >
          <p>It does not run until it is resumed. Jobs that it has already queued continue.</p>
          <TextField
            label="Why"
            name="note"
            value={note}
            onChange={setNote}
            maxLength={200}
            note="For the people who find it paused."
          />
        </Confirm>
      );
    case 'delete':
      return (
        <Confirm
          open
          onClose={onClose}
          title={`Delete ${name}?`}
          action="Delete it"
          kind="danger"
          onConfirm={async () => {
            await call('deleteSchedule', { name });
            await after();
          }}
        >
          <p>Its jobs and batches stay.</p>
        </Confirm>
      );
  }
}

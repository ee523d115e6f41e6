import { useState } from 'react';
import { call } from '../../api/call.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { TextField } from '../../ui/field.tsx';

const REASON_CHARS = 200;

interface PauseDialogProps {
  readonly onClose: () => void;
  readonly onPaused: () => Promise<unknown>;
}

/** Asks why, for the people who find the queue paused. */
export function PauseDialog({ onClose, onPaused }: PauseDialogProps) {
  const [reason, setReason] = useState('');
  async function pause(): Promise<void> {
    const why = reason.trim();
    await call('pauseQueue', why === '' ? {} : { reason: why });
    await onPaused();
  }
  return (
    <Confirm open onClose={onClose} title="Pause the whole queue?" action="Pause queue" onConfirm={pause}>
      <p>Running jobs finish. Waiting jobs stay where they are, and new jobs are still accepted.</p>
      <TextField
        label="Why"
        name="reason"
        note="Shown to everybody who finds it paused."
        maxLength={REASON_CHARS}
        value={reason}
        onChange={setReason}
      />
    </Confirm>
  );
}

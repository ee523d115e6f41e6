import { useState } from 'react';
import { Link } from 'wouter';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import { addressOfPage } from '../../pages.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { TextField } from '../../ui/field.tsx';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { plural } from '../../words/text.ts';
import styles from './failed.module.css';
import { type BulkAction, usePreview } from './use-bulk.ts';

interface BulkDialogProps {
  readonly action: BulkAction;
  readonly filter: Omit<InputOf<'clearFailedJobs'>, 'confirm_token'>;
  /** What the filter says, in words. */
  readonly about: string;
  readonly onClose: () => void;
}

const WORDS: Readonly<Record<BulkAction, readonly [verb: string, what: string]>> = {
  redriveFailedJobs: ['Redrive', 'Each is run again as a new generation, behind the jobs that wait.'],
  clearFailedJobs: ['Clear', 'They leave the counts and lists. For 24 hours this can be taken back.'],
};

/** Asks before many jobs are acted on: the server’s own count for this very filter, examples, and what it costs. */
export function BulkDialog({ action, filter, about, onClose }: BulkDialogProps) {
  const [rate, setRate] = useState('');
  const perMinute = /^[1-9]\d{0,4}$/.test(rate) ? Number(rate) : undefined;
  const { preview, problem, confirm } = usePreview(action, filter, perMinute);
  const [verb, what] = WORDS[action];
  const count = preview?.would_affect ?? 0;
  return (
    <Confirm
      open
      onClose={onClose}
      title={`${verb} failed jobs`}
      action={preview ? `${verb} ${plural(count, 'job')}` : verb}
      kind={action === 'clearFailedJobs' ? 'danger' : 'primary'}
      disabledBecause={preview === undefined ? 'The server counts first.' : count === 0 ? 'No job fits.' : undefined}
      onConfirm={confirm}
    >
      <div className={styles.dialog}>
        <p>
          {about}. {what}
        </p>
        {problem && <Trouble trouble={troubleOf(problem)} />}
        {preview && (
          <p role="status">
            <strong>{plural(count, 'job')}</strong>
            {preview.matching !== undefined && preview.matching !== count && ` of ${preview.matching} that fit`}
            {preview.cost && action === 'redriveFailedJobs' && (
              <>
                : {plural(preview.cost.agent_calls, 'call')} of the agent
                {preview.cost.stored_replies > 0 && `, ${preview.cost.stored_replies} from stored replies`}
              </>
            )}
            .
          </p>
        )}
        {preview?.sample && preview.sample.length > 0 && (
          <p className={styles.samples}>
            For example{' '}
            {preview.sample.map((id) => (
              <Link key={id} href={addressOfPage('job', id)} onClick={onClose}>
                {id}
              </Link>
            ))}
          </p>
        )}
        {action === 'redriveFailedJobs' && (
          <TextField
            label="Jobs a minute at most"
            name="rate_per_minute"
            inputMode="numeric"
            maxLength={5}
            note="Left empty: no limit."
            value={rate}
            onChange={setRate}
          />
        )}
      </div>
    </Confirm>
  );
}

import { useState } from 'react';
import { Link } from 'wouter';
import { addressOfPage } from '../../pages.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { TextField } from '../../ui/field.tsx';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { countOf } from '../../words/money.ts';
import { plural } from '../../words/text.ts';
import styles from './bulk.module.css';
import { type Bulk, type BulkAction, usePreview } from './use-preview.ts';

interface BulkDialogProps {
  readonly bulk: Bulk;
  /** What the filter says, in words. */
  readonly about: string;
  readonly onClose: () => void;
  readonly onDone?: () => Promise<unknown>;
}

interface ActionWords {
  readonly verb: string;
  readonly title: string;
  readonly what: string;
  readonly isDanger?: true;
}

const WORDS: Readonly<Record<BulkAction, ActionWords>> = {
  redriveFailedJobs: {
    verb: 'Redrive',
    title: 'Redrive failed jobs',
    what: 'Each runs again as a new generation, after the jobs that already wait.',
  },
  clearFailedJobs: {
    verb: 'Clear',
    title: 'Clear failed jobs',
    what: 'They are hidden from counts and lists. For 24 hours they can be restored.',
    isDanger: true,
  },
  cancelJobs: {
    verb: 'Cancel',
    title: 'Cancel jobs',
    what: 'Waiting jobs end at once; running calls of the agent are aborted within 10 seconds.',
    isDanger: true,
  },
};

/** Asks before many jobs are acted on: the server’s own count for this very filter, examples, and what it costs. */
export function BulkDialog({ bulk, about, onClose, onDone }: BulkDialogProps) {
  const [rate, setRate] = useState('');
  const perMinute = /^[1-9]\d{0,4}$/.test(rate) ? Number(rate) : undefined;
  const { preview, problem, confirm } = usePreview(bulk, perMinute);
  const { verb, title, what, isDanger = false } = WORDS[bulk.action];
  const isRedrive = bulk.action === 'redriveFailedJobs';
  const count = preview?.would_affect ?? 0;
  const because = preview === undefined ? 'The server is still counting.' : count === 0 ? 'No job matches.' : undefined;
  return (
    <Confirm
      open
      onClose={onClose}
      title={title}
      action={preview ? `${verb} ${plural(count, 'job')}` : verb}
      kind={isDanger ? 'danger' : 'primary'}
      disabledBecause={because}
      onConfirm={async () => {
        await confirm();
        await onDone?.();
      }}
    >
      <div className={styles.dialog}>
        <p>
          {about}. {what}
        </p>
        {problem && <Trouble trouble={troubleOf(problem)} />}
        {preview && (
          <p role="status">
            <strong>{plural(count, 'job')}</strong>
            {preview.matching !== undefined && preview.matching !== count && ` of ${matchingOf(preview.matching)}`}
            {preview.cost && isRedrive && (
              <>
                : {plural(preview.cost.agent_calls, 'agent call')}
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
        {isRedrive && (
          <TextField
            label="Jobs a minute at most"
            name="rate_per_minute"
            inputMode="numeric"
            maxLength={5}
            note="Empty: no limit."
            value={rate}
            onChange={setRate}
          />
        )}
      </div>
    </Confirm>
  );
}

const matchingOf = (matching: number | string) =>
  `${typeof matching === 'number' ? countOf(matching) : matching} that match`;

import { Link } from 'wouter';
import { ERRORS, type ErrorCode } from '../../../src/contract/errors.ts';
import type { InputOf, OutputOf } from '../../../src/contract/queue-api.ts';
import { queryOf } from '../../api/call.ts';
import { addressOfPage } from '../../pages.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { plural } from '../../words/text.ts';
import type { BulkAction } from '../bulk/use-preview.ts';
import styles from './failed.module.css';

export type Failure = OutputOf<'failedJobs'>['failures'][number];

const MESSAGE_CHARS = 300;

const CAN_HELP: Readonly<Record<Failure['redrive'], string>> = {
  now: 'Running them again can help now.',
  after_fix: 'Remove the cause first, then run them again.',
  never: 'There is nothing left to read.',
};

/** How its cause is removed. The server's hint goes on with how to run the jobs again, which the buttons do here. */
function causeHintOf({ error_code, hint }: Failure): string {
  return error_code in ERRORS ? ERRORS[error_code as ErrorCode].hint : hint;
}

interface FailureCardProps {
  readonly failure: Failure;
  /** The filter of the page: its jobs are listed under it too. */
  readonly of: Pick<InputOf<'clearFailedJobs'>, 'user_id' | 'error_code'>;
  /** Why nothing can be done here. */
  readonly because: string | undefined;
  readonly onAct: (action: BulkAction) => void;
}

/** One cause of failures. */
export function FailureCard({ failure, of, because, onAct }: FailureCardProps) {
  const { error_code, fingerprint, message, jobs, first_at, last_at, samples, redrive } = failure;
  const never = redrive === 'never' ? CAN_HELP.never : undefined;
  return (
    <li data-fingerprint={fingerprint}>
      <Panel>
        <div className={styles.group}>
          <p className={styles.count}>
            <Link href={`${addressOfPage('jobs')}?${queryOf({ status: 'failed', ...of, fingerprint })}`}>
              {plural(jobs, 'job')}
            </Link>
          </p>
          <div className={styles.about}>
            <h2>
              <code>{error_code}</code>
            </h2>
            <p>
              <Untrusted text={message} maxChars={MESSAGE_CHARS} />
            </p>
            <p className={styles.hint}>
              {CAN_HELP[redrive]}{' '}
              {redrive === 'now' ? '' : <Untrusted text={causeHintOf(failure)} maxChars={MESSAGE_CHARS} />}
            </p>
            <p className={styles.samples}>
              <span>
                First <Time at={first_at} />, last <Time at={last_at} />
              </span>
              {samples.map((id) => (
                <Link key={id} href={addressOfPage('job', id)}>
                  {id}
                </Link>
              ))}
            </p>
          </div>
          <div className={styles.actions}>
            <Button kind="quiet" disabledBecause={because} onClick={() => onAct('clearFailedJobs')}>
              Clear…
            </Button>
            <Button disabledBecause={because ?? never} onClick={() => onAct('redriveFailedJobs')}>
              Redrive…
            </Button>
          </div>
        </div>
      </Panel>
    </li>
  );
}

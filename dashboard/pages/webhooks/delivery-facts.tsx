import type { Delivery } from '../../../src/contract/operations/webhooks.ts';
import { Badge } from '../../ui/badge.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';
import { Untrusted, UntrustedLines } from '../../ui/untrusted.tsx';
import { plural } from '../../words/text.ts';
import { shortLengthOf } from '../../words/times.ts';
import { DELIVERY_WORDS } from '../../words/webhooks.ts';
import styles from './webhooks.module.css';

/** What was sent, and what came back. */
export function DeliveryFacts({ delivery }: { readonly delivery: Delivery }) {
  const { status, type, tries, tried_at, next_try_at, http_status, message, ms, body, answer, message_id } = delivery;
  const { word, icon, tone } = DELIVERY_WORDS[status];
  return (
    <>
      <Facts
        rows={[
          [
            'State',
            <Badge key="state" tone={tone} icon={icon}>
              {word}
            </Badge>,
          ],
          ['Event', type],
          ['Message', <code key="id">{message_id}</code>],
          ['Tries', plural(tries, 'try', 'tries')],
          ['Latest try', tried_at === null ? undefined : <Time key="tried" at={tried_at} />],
          ['Next try', next_try_at === null ? undefined : <Time key="next" at={next_try_at} />],
          [
            'Answer',
            http_status === null ? undefined : `HTTP ${http_status}${ms === null ? '' : ` in ${shortLengthOf(ms)}`}`,
          ],
          ['Problem', message === null ? undefined : <Untrusted key="why" text={message} maxChars={300} />],
        ]}
      />
      <div>
        <h3>Request body</h3>
        <UntrustedLines text={prettyJson(body)} className={styles.body} />
      </div>
      {answer !== null && answer !== '' && (
        <div>
          <h3>Response</h3>
          <UntrustedLines text={answer} className={styles.body} />
        </div>
      )}
    </>
  );
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

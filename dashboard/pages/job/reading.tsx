import { type KeyboardEvent, useState } from 'react';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { useKeys } from '../../ui/keys.ts';
import { PageImage } from '../../ui/page-image.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Untrusted, UntrustedLines } from '../../ui/untrusted.tsx';
import { evidenceOf } from '../../words/evidence.ts';
import { shareOf } from '../../words/money.ts';
import { plural } from '../../words/text.ts';
import styles from './reading.module.css';
import { fieldsOf, itemsOf, type ReadField, readingOf } from './reading-fields.ts';

type Result = OutputOf<'getResult'>;

const DOUBTFUL_BELOW = 0.7;
const MOST_ITEMS = 300;
const REASON_CHARS = 300;

/** What was read, beside the image that it was read from: a value that is looked at is framed on the page. */
export function Reading({ result }: { readonly result: Result }) {
  const [active, setActive] = useState<string>();
  const reading = readingOf(result);
  const evidence = evidenceOf(result.evidence);
  const fields = reading ? fieldsOf(reading, result.tax_amount, evidence) : [];
  const items = reading ? itemsOf(reading, evidence) : [];
  const order = [...fields, ...items].filter(({ hasRegion }) => hasRegion).map(({ id }) => id);
  const move = (by: number) => {
    const from = active === undefined ? (by > 0 ? -1 : 0) : order.indexOf(active);
    setActive(order[(from + by + order.length) % order.length]);
  };
  useKeys([
    ['[', () => move(-1)],
    [']', () => move(1)],
  ]);
  const look = { active, onLook: setActive };
  return (
    <div className={styles.beside}>
      <div className={styles.image}>
        <PageImage receiptId={result.receipt_id} evidence={result.evidence} active={active} />
      </div>
      {reading && (
        <div className={styles.values}>
          <Panel
            title="Reading"
            note={reading.confidence === null ? undefined : `${shareOf(reading.confidence, 1)} sure`}
          >
            <table className={styles.table} aria-label="Fields">
              <tbody>
                {fields.map((field) => (
                  <tr key={field.id} {...rowOf(field, look)}>
                    <th scope="row">{field.name}</th>
                    <td>
                      <Value field={field} onLook={setActive} />
                    </td>
                    <td className={styles.sure}>
                      <Sureness field={field} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {reading.review_reasons.length > 0 && (
              <ul className={styles.reasons} aria-label="Why a person should look">
                {reading.review_reasons.map(({ code, message }) => (
                  <li key={`${code} ${message}`}>
                    <Untrusted text={message} maxChars={REASON_CHARS} />
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          <Panel title={plural(items.length, 'item')}>
            <table className={styles.table} aria-label="Items">
              <tbody>
                {items.slice(0, MOST_ITEMS).map((item) => (
                  <tr key={item.id} {...rowOf(item, look)}>
                    <td>
                      <Value field={item} onLook={setActive} />
                    </td>
                    <td className={styles.number}>{item.quantity}</td>
                    <td className={styles.number}>{item.price}</td>
                    <td className={styles.sure}>
                      <Sureness field={item} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {items.length > MOST_ITEMS && <p>And {plural(items.length - MOST_ITEMS, 'further item')}.</p>}
          </Panel>
          {result.raw_text !== null && (
            <Panel>
              <details>
                <summary className={styles.summary}>All text on the page</summary>
                <UntrustedLines text={result.raw_text} className={styles.text} />
              </details>
            </Panel>
          )}
        </div>
      )}
    </div>
  );
}

interface Look {
  readonly active: string | undefined;
  readonly onLook: (id: string | undefined) => void;
}

function rowOf({ id, hasRegion }: ReadField, { active, onLook }: Look) {
  return {
    'data-active': id === active,
    onMouseEnter: () => onLook(hasRegion ? id : undefined),
  };
}

/** A value; one that has a place on the page takes the focus, so that keys reach its frame too. */
function Value({ field, onLook }: { readonly field: ReadField; readonly onLook: (id: string) => void }) {
  if (!field.hasRegion) return <bdi>{field.text}</bdi>;
  return (
    <button
      type="button"
      className={styles.value}
      title={field.rule}
      onFocus={() => onLook(field.id)}
      onClick={() => onLook(field.id)}
      onKeyDown={(event: KeyboardEvent) =>
        event.key === 'Escape' && event.currentTarget instanceof HTMLElement && event.currentTarget.blur()
      }
    >
      <bdi>{field.text}</bdi>
    </button>
  );
}

function Sureness({ field: { confidence } }: { readonly field: ReadField }) {
  if (confidence === undefined) return null;
  return <span data-doubtful={confidence < DOUBTFUL_BELOW}>{shareOf(confidence, 1)}</span>;
}

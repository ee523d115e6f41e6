import type { Receipt } from '../../../src/contract/operations/receipts.ts';
import type { EditableField } from '../../../src/contract/review.ts';
import { Badge } from '../../ui/badge.tsx';
import { TextField } from '../../ui/field.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { FIELD_WORDS, setterOf } from '../../words/review.ts';
import styles from './review.module.css';

interface ReviewFieldProps {
  readonly name: EditableField;
  readonly value: string;
  /** What the receipt has. */
  readonly shown: string;
  readonly provenance: NonNullable<Receipt['fields']>[EditableField] | undefined;
  readonly me: number | undefined;
  readonly isDoubted: boolean;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
  readonly onFocus: () => void;
}

const CHARS = { merchant_name: 255, purchase_date: 10, total_amount: 24, currency: 3 } as const;
const TYPES = { merchant_name: 'text', purchase_date: 'text', total_amount: 'text', currency: 'text' } as const;
const HINTS = { merchant_name: '', purchase_date: '2026-05-18', total_amount: '12.50', currency: 'EUR' } as const;

/** One field of a receipt, with what was read beside what was typed, and who set it. */
export function ReviewField(props: ReviewFieldProps) {
  const { name, value, shown, provenance, me, isDoubted, error, onChange, onFocus } = props;
  const by = provenance && setterOf(provenance, me);
  const read = value !== shown ? shown : (provenance?.read ?? undefined);
  return (
    <TextField
      name={name}
      type={TYPES[name]}
      placeholder={HINTS[name]}
      maxLength={CHARS[name]}
      isPrivate
      label={
        <>
          {FIELD_WORDS[name]}
          {isDoubted && (
            <Badge tone="review" icon="eye">
              In doubt
            </Badge>
          )}
          {by !== undefined && <span className={styles.mark}>{by}</span>}
        </>
      }
      note={
        read === undefined ? undefined : (
          <span className={styles.read}>
            {value !== shown ? 'Was ' : 'Read as '}
            <Untrusted text={read} maxChars={80} />
          </span>
        )
      }
      value={value}
      error={error}
      onChange={onChange}
      onFocus={onFocus}
      {...(name === 'total_amount' ? { inputMode: 'decimal' as const } : {})}
    />
  );
}

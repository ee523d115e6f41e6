import { Plus, X } from 'lucide-react';
import { useRef } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Panel } from '../../ui/panel.tsx';
import { moneyOf } from '../../words/money.ts';
import { plural } from '../../words/text.ts';
import type { ItemDraft, SumCheck } from './draft.ts';
import styles from './review.module.css';

interface ReviewItemsProps {
  readonly items: readonly ItemDraft[];
  readonly currency: string;
  /** By `items/0/quantity`. */
  readonly errors: Readonly<Partial<Record<string, string>>>;
  readonly check: SumCheck;
  readonly onChange: (items: readonly ItemDraft[]) => void;
  readonly onFocus: (at: number) => void;
}

const CELLS = [
  ['item_name', 'Name', 200],
  ['quantity', 'Quantity', 20],
  ['unit_price', 'Unit price', 24],
  ['total_price', 'Price', 24],
] as const;

/** The items, and whether they add up. */
export function ReviewItems({ items, currency, errors, check, onChange, onFocus }: ReviewItemsProps) {
  const added = useRef(0);
  const change = (at: number, name: (typeof CELLS)[number][0], value: string) =>
    onChange(items.map((item, each) => (each === at ? { ...item, [name]: value } : item)));
  const add = () => {
    added.current += 1;
    const empty = { item_name: '', quantity: '', unit_price: '', total_price: '' };
    onChange([...items, { key: `new ${added.current}`, ...empty }]);
  };
  return (
    <Panel title={plural(items.length, 'item')}>
      <div className={styles.items}>
        {items.length > 0 && (
          <div className={styles.itemHead} aria-hidden>
            {CELLS.map(([name, label]) => (
              <span key={name} className={classNames(name !== 'item_name' && styles.number)}>
                {label}
              </span>
            ))}
          </div>
        )}
        {items.map((item, at) => (
          <div key={item.key} className={styles.item}>
            {CELLS.map(([name, label, maxChars]) => (
              <input
                key={name}
                className={classNames(styles.cell, name !== 'item_name' && styles.number)}
                aria-label={`${label} of item ${at + 1}`}
                aria-invalid={errors[`items/${at}/${name}`] !== undefined || undefined}
                autoComplete="off"
                maxLength={maxChars}
                placeholder={name === 'item_name' ? 'Name' : '–'}
                inputMode={name === 'item_name' ? 'text' : 'decimal'}
                value={item[name]}
                onChange={(event) => change(at, name, event.currentTarget.value)}
                onFocus={() => onFocus(at)}
              />
            ))}
            <IconButton
              icon={X}
              label={`Remove item ${at + 1}`}
              onClick={() => onChange(items.filter((_, each) => each !== at))}
            />
          </div>
        ))}
        {Object.entries(errors).map(([name, message]) =>
          name.startsWith('items') ? (
            <p key={name} className={styles.error}>
              {message}
            </p>
          ) : null,
        )}
        <div className={styles.foot}>
          <Button kind="quiet" icon={Plus} onClick={add}>
            Add item
          </Button>
          <Sum check={check} currency={currency} />
        </div>
      </div>
    </Panel>
  );
}

function Sum({ check, currency }: { readonly check: SumCheck; readonly currency: string }) {
  switch (check.says) {
    case 'nothing':
      return <output />;
    case 'agrees':
      return <output className={styles.agrees}>✓ The items add up to the total</output>;
    case 'differs':
      return (
        <output className={styles.differs}>
          The items add up to {moneyOf(check.sum, currency)}, the total is {moneyOf(check.total, currency)}
        </output>
      );
  }
}

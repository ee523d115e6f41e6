import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { CheckField, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { askedOf, type ReceiptFilters } from './filters.ts';
import styles from './receipts.module.css';

interface ReceiptFilterBarProps {
  readonly filters: ReceiptFilters;
  readonly onChange: (next: ReceiptFilters | null) => void;
}

const TEXT_CHARS = 100;
const AMOUNT_CHARS = 20;
type TextName = 'merchant' | 'item' | 'from' | 'to' | 'min_total' | 'max_total' | 'currency';
const TEXTS: readonly TextName[] = ['merchant', 'item', 'from', 'to', 'min_total', 'max_total', 'currency'];

const textsOf = (filters: ReceiptFilters) =>
  Object.fromEntries(TEXTS.map((name) => [name, filters[name] ?? ''])) as Record<TextName, string>;

/** Everything receipts can be filtered by, always in sight. */
export function ReceiptFilterBar({ filters, onChange }: ReceiptFilterBarProps) {
  const [texts, setTexts] = useState(() => textsOf(filters));
  const address = JSON.stringify(textsOf(filters));
  // Back and forward change the address; the fields follow it.
  useEffect(() => setTexts(JSON.parse(address)), [address]);
  const field = (name: TextName) => ({
    name,
    value: texts[name],
    onChange: (value: string) => setTexts((all) => ({ ...all, [name]: value })),
  });
  const apply = (event: FormEvent) => {
    event.preventDefault();
    onChange(Object.fromEntries(TEXTS.map((name) => [name, texts[name].trim() || null])) as ReceiptFilters);
  };
  return (
    <Panel>
      <form className={styles.form} onSubmit={apply} data-filter>
        <TextField label="Shop" type="search" maxLength={TEXT_CHARS} {...field('merchant')} />
        <TextField label="Item" type="search" maxLength={TEXT_CHARS} {...field('item')} />
        <TextField label="From day" type="date" {...field('from')} />
        <TextField label="To day" type="date" {...field('to')} />
        <TextField label="Total from" inputMode="decimal" maxLength={AMOUNT_CHARS} {...field('min_total')} />
        <TextField label="Total to" inputMode="decimal" maxLength={AMOUNT_CHARS} {...field('max_total')} />
        <TextField label="Currency" placeholder="EUR" maxLength={3} {...field('currency')} />
        <div className={styles.actions}>
          <CheckField
            label="Only doubtful"
            checked={filters.needs_review === true}
            onChange={(on) => onChange({ needs_review: on ? true : null })}
          />
          <Button type="submit">Search</Button>
          {Object.keys(askedOf(filters)).length > 0 && (
            <Button kind="quiet" onClick={() => onChange(null)}>
              Remove filter
            </Button>
          )}
        </div>
      </form>
    </Panel>
  );
}

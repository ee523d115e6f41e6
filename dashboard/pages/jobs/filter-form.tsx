import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { CheckField, TextField, type TextFieldProps } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import styles from './filter-bar.module.css';
import type { FilterName, JobFilters } from './filters.ts';

interface FilterFormProps {
  readonly filters: JobFilters;
  readonly names: readonly FilterName[];
  readonly onApply: (next: JobFilters) => void;
}

interface TextRow extends Pick<TextFieldProps, 'type' | 'inputMode' | 'placeholder'> {
  readonly name: 'merchant' | 'error_code' | 'batch_id' | 'user_id' | 'created_after' | 'created_before';
  readonly label: string;
  readonly maxLength?: number;
  /** As it stands in the address → as it is typed; and back, null where it says nothing. */
  readonly typed: (value: unknown) => string;
  readonly read: (typed: string) => string | number | null;
}

const asText = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const textIn = (typed: string): string | null => typed.trim() || null;
const numberIn = (typed: string): number | null => (/^[1-9]\d{0,14}$/.test(typed.trim()) ? Number(typed) : null);
const TEXT = { typed: asText, read: textIn } as const;
const TIME = { type: 'datetime-local', typed: localOf, read: utcIn } as const;

const ROWS: readonly TextRow[] = [
  { name: 'merchant', label: 'Merchant begins with', maxLength: 100, ...TEXT },
  { name: 'error_code', label: 'Error code', placeholder: 'agent_timeout', maxLength: 60, ...TEXT },
  { name: 'batch_id', label: 'Batch', maxLength: 64, ...TEXT },
  { name: 'user_id', label: 'Owner', inputMode: 'numeric', maxLength: 15, typed: asText, read: numberIn },
  { name: 'created_after', label: 'Accepted from', ...TIME },
  { name: 'created_before', label: 'Accepted before', ...TIME },
];

/** What a list of jobs can be filtered by, but for the state, which stands above. */
export function FilterForm({ filters, names, onApply }: FilterFormProps) {
  const rows = ROWS.filter(({ name }) => names.includes(name));
  const [texts, setTexts] = useState<Readonly<Partial<Record<TextRow['name'], string>>>>(() =>
    Object.fromEntries(rows.map(({ name, typed }) => [name, typed(filters[name])])),
  );
  const [cleared, setCleared] = useState(filters.cleared === true);
  const hasCleared = names.includes('cleared');
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const values = rows.map(({ name, read }) => [name, read(texts[name] ?? '')] as const);
    onApply({ ...Object.fromEntries(values), ...(hasCleared ? { cleared: cleared || null } : {}) });
  };
  return (
    <Panel>
      <form className={styles.form} onSubmit={apply}>
        {rows.map(({ name, typed: _typed, read: _read, ...rest }, at) => (
          <TextField
            key={name}
            {...rest}
            name={name}
            value={texts[name] ?? ''}
            onChange={(text) => setTexts({ ...texts, [name]: text })}
            autoFocus={at === 0}
          />
        ))}
        {hasCleared && <CheckField label="Only failures that were cleared" checked={cleared} onChange={setCleared} />}
        <div className={styles.actions}>
          <Button type="submit">Filter</Button>
        </div>
      </form>
    </Panel>
  );
}

/** What a field of the form says in the reader’s zone → as the queue takes it. */
function utcIn(local: string): string | null {
  const at = new Date(local);
  return local === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
}

function localOf(utc: unknown): string {
  if (typeof utc !== 'string') return '';
  const at = new Date(utc);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { CheckField, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import styles from './filter-bar.module.css';
import type { JobFilters } from './filters.ts';

interface FilterFormProps {
  readonly filters: JobFilters;
  readonly onApply: (next: JobFilters) => void;
}

const MERCHANT_CHARS = 100;
const CODE_CHARS = 60;

/** Everything a list of jobs can be filtered by, but for the state, which stands above. */
export function FilterForm({ filters, onApply }: FilterFormProps) {
  const [merchant, setMerchant] = useState(String(filters.merchant ?? ''));
  const [error, setError] = useState(String(filters.error_code ?? ''));
  const [batch, setBatch] = useState(String(filters.batch_id ?? ''));
  const [owner, setOwner] = useState(String(filters.user_id ?? ''));
  const [after, setAfter] = useState(localOf(filters.created_after));
  const [before, setBefore] = useState(localOf(filters.created_before));
  const [cleared, setCleared] = useState(filters.cleared === true);
  const apply = (event: FormEvent) => {
    event.preventDefault();
    onApply({
      merchant: merchant.trim() || null,
      error_code: error.trim() || null,
      batch_id: batch.trim() || null,
      user_id: /^[1-9]\d{0,14}$/.test(owner.trim()) ? Number(owner) : null,
      created_after: utcIn(after),
      created_before: utcIn(before),
      cleared: cleared || null,
    });
  };
  return (
    <Panel>
      <form className={styles.form} onSubmit={apply}>
        <TextField
          label="Merchant begins with"
          name="merchant"
          maxLength={MERCHANT_CHARS}
          value={merchant}
          onChange={setMerchant}
          autoFocus
        />
        <TextField
          label="Error code"
          name="error_code"
          placeholder="agent_timeout"
          maxLength={CODE_CHARS}
          value={error}
          onChange={setError}
        />
        <TextField label="Batch" name="batch_id" maxLength={64} value={batch} onChange={setBatch} />
        <TextField label="Owner" name="user_id" inputMode="numeric" maxLength={15} value={owner} onChange={setOwner} />
        <TextField label="Accepted from" name="created_after" type="datetime-local" value={after} onChange={setAfter} />
        <TextField
          label="Accepted before"
          name="created_before"
          type="datetime-local"
          value={before}
          onChange={setBefore}
        />
        <CheckField label="Only failures that were cleared" checked={cleared} onChange={setCleared} />
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

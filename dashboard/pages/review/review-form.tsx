import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Receipt } from '../../../src/contract/operations/receipts.ts';
import type { EditableField, Rejection } from '../../../src/contract/review.ts';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { answer } from '../../api/queries.ts';
import { useMay } from '../../api/session.ts';
import { Button } from '../../ui/button.tsx';
import { errorsByField } from '../../ui/field.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Menu } from '../../ui/menu.tsx';
import { PageImage } from '../../ui/page-image.tsx';
import { Panel } from '../../ui/panel.tsx';
import { tell } from '../../ui/tell.ts';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { REJECTION_WORDS } from '../../words/review.ts';
import { checkSum, type Draft, fieldOf, itemsOf, orderOf, saidOf, UNTOUCHED } from './draft.ts';
import { useNextReview } from './next-review.ts';
import styles from './review.module.css';
import { ReviewField } from './review-field.tsx';
import { ReviewItems } from './review-items.tsx';

interface ReviewFormProps {
  readonly receipt: Receipt;
  readonly me: number | undefined;
}

const NOT_ALLOWED = 'Your key lacks the scope jobs:write.';
const REJECTIONS = Object.entries(REJECTION_WORDS) as [Rejection, string][];

/** What was read, to be corrected; a later reading leaves what was typed here alone. */
export function ReviewForm({ receipt, me }: ReviewFormProps) {
  const [draft, setDraft] = useState<Draft>(UNTOUCHED);
  const [seenVersion, setSeenVersion] = useState(receipt.version);
  const [active, setActive] = useState<string>();
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const next = useNextReview(receipt.id);
  const tax = useTax(receipt);
  const because = useMay('jobs:write') ? undefined : NOT_ALLOWED;
  const isOpen = receipt.review?.state === 'open';
  const order = useRef(orderOf(receipt.review_reasons)).current;
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input')?.focus({ preventScroll: true });
  }, []);

  const submit = async (word: { readonly confirm: true } | { readonly reject: Rejection }) => {
    if (isBusy || because !== undefined) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const said = 'confirm' in word ? saidOf(draft, receipt) : {};
      await call('submitReview', { receipt_id: receipt.id, ...said, ...word, seen_version: seenVersion });
      tell(`Receipt ${receipt.id} is settled`);
      await next.go();
      void queries.invalidateQueries();
    } catch (thrown) {
      const found = problemFrom(thrown);
      setProblem(found);
      if (found.code === 'receipt_changed_since' || found.code === 'review_closed') await queries.invalidateQueries();
    } finally {
      setBusy(false);
    }
  };
  const confirm = () => void submit({ confirm: true });
  const asRead = () => {
    const { [active as EditableField]: _, ...fields } = draft.fields;
    setDraft(active?.startsWith('items') ? { fields: draft.fields } : { ...draft, fields });
  };
  useKeys([
    ['Control+Enter', confirm],
    ['Control+ArrowRight', () => void next.go()],
    ['Alt+z', asRead],
    // What a Mac makes of the same keys.
    ['Alt+Ω', asRead],
  ]);
  const errors = errorsByField(problem?.fields ?? []);
  const items = itemsOf(draft, receipt);
  const value = (name: EditableField) => fieldOf(draft, receipt, name);
  return (
    <div className={styles.page}>
      <div className={styles.image}>
        <PageImage receiptId={receipt.id} evidence={receipt.evidence} active={active} />
      </div>
      <form
        ref={form}
        className={styles.form}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          confirm();
        }}
      >
        {isOpen && receipt.review_reasons.length > 0 && (
          <ul className={styles.reasons}>
            {receipt.review_reasons.map(({ code, field, message }) => (
              <li key={`${code}/${field}/${message}`}>
                <Untrusted text={message} maxChars={300} />
              </li>
            ))}
          </ul>
        )}
        {receipt.version !== seenVersion && (
          <Panel mark="notice">
            <p>
              This receipt was changed since you opened it. What you typed is still here; all else is shown as it is
              now.
            </p>
            <Button onClick={() => setSeenVersion(receipt.version)}>I have seen it</Button>
          </Panel>
        )}
        <div className={styles.fields}>
          {order.map((name) => (
            <ReviewField
              key={name}
              name={name}
              value={value(name)}
              shown={receipt[name] ?? ''}
              provenance={receipt.fields?.[name]}
              me={me}
              isDoubted={isOpen && receipt.review_reasons.some(({ field }) => field === name)}
              error={errors[name]}
              onChange={(text) => setDraft({ ...draft, fields: { ...draft.fields, [name]: text } })}
              onFocus={() => setActive(name)}
            />
          ))}
        </div>
        <ReviewItems
          items={items}
          currency={value('currency')}
          errors={errors}
          check={checkSum(items, { total: value('total_amount'), tax, currency: value('currency') })}
          onChange={(changed) => setDraft({ ...draft, items: changed })}
          onFocus={(at) => setActive(`items/${at}`)}
        />
        {problem && <Trouble trouble={troubleOf(problem)} onRetry={confirm} />}
        <div className={styles.actions}>
          <Button
            type="submit"
            kind="primary"
            isBusy={isBusy}
            disabledBecause={because}
            title="Ctrl+Enter"
            onClick={() => undefined}
          >
            {isOpen ? 'Confirm and next' : 'Save and next'}
          </Button>
          <Button onClick={() => void next.go()} title="Ctrl+→">
            Skip
          </Button>
          <Menu
            label="Reject"
            isWordy
            items={REJECTIONS.map(([code, label]) => ({
              label,
              disabledBecause: because,
              onSelect: () => void submit({ reject: code }),
            }))}
          />
          <span className={styles.keys}>Ctrl+Enter confirms · Alt+Z as read · Ctrl+→ skips</span>
        </div>
      </form>
    </div>
  );
}

/** The tax stands in the reading only; the sum check needs it. */
function useTax({ id, generation }: Receipt): string | null {
  const result = useQuery({
    ...answer('getResult', { job_id: `ocr-${id}` }),
    enabled: generation !== null,
    retry: false,
  });
  return result.data?.tax_amount ?? null;
}

import { RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { lineOf } from '../words/text.ts';
import { Button } from './button.tsx';
import { Copy } from './copy.tsx';
import styles from './trouble.module.css';

/** What a problem document says, or what is known where there was none. */
export interface TroubleFacts {
  readonly title: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterS?: number | undefined;
}

interface TroubleProps {
  readonly trouble: TroubleFacts;
  /** Tries again what failed; offered where that may help. */
  readonly onRetry?: (() => void) | undefined;
}

const MAX_CHARS = 600;

/** What went wrong, where it was asked for: the page around it stays. */
export function Trouble({ trouble, onRetry }: TroubleProps) {
  const { title, detail, hint, code, requestId, retryable = false } = trouble;
  const leftS = useCountdown(trouble);
  return (
    <div className={styles.trouble} role="alert">
      <p className={styles.title}>{title}</p>
      {detail !== undefined && detail !== title && <p>{lineOf(detail, MAX_CHARS)}</p>}
      {hint !== undefined && <p className={styles.hint}>{lineOf(hint, MAX_CHARS)}</p>}
      <div className={styles.facts}>
        {code !== undefined && <code>{code}</code>}
        {requestId !== undefined && (
          <Copy text={[code, requestId].filter(Boolean).join(' ')} label="Copy code and request id" />
        )}
        {retryable && onRetry && (
          <Button
            icon={RotateCw}
            onClick={onRetry}
            disabledBecause={leftS > 0 ? `Possible again in ${leftS} s` : undefined}
          >
            {leftS > 0 ? `Try again in ${leftS} s` : 'Try again'}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Whole seconds until another try makes sense. */
function useCountdown(trouble: TroubleFacts): number {
  const [leftS, setLeftS] = useState(trouble.retryAfterS ?? 0);
  useEffect(() => {
    const endsAtMs = Date.now() + (trouble.retryAfterS ?? 0) * 1_000;
    const tell = () => setLeftS(Math.max(0, Math.ceil((endsAtMs - Date.now()) / 1_000)));
    tell();
    const timer = setInterval(tell, 1_000);
    return () => clearInterval(timer);
  }, [trouble]);
  return leftS;
}

/** What was thrown → what is said of it. A problem of the server carries these fields itself. */
export function troubleOf(error: unknown): TroubleFacts {
  const fields: Partial<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  const number = (name: string) => (typeof fields[name] === 'number' ? fields[name] : undefined);
  return {
    title: text('title') ?? 'Something went wrong on this page',
    detail: text('detail') ?? (error instanceof Error ? error.message : undefined),
    hint: text('hint'),
    code: text('code'),
    requestId: text('requestId') ?? text('request_id'),
    retryable: fields.retryable === true,
    retryAfterS: number('retryAfterS') ?? number('retry_after_s'),
  };
}

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import { call, type RouteKey } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { UntrustedLines } from '../../ui/untrusted.tsx';
import styles from './api.module.css';
import type { ApiOperation, Values } from './operation.ts';

interface TryItProps {
  readonly operation: ApiOperation;
  readonly values: Values;
}

const MOST_CHARS = 40_000;

/** Calls it for real; what changes something asks first. */
export function TryIt({ operation, values }: TryItProps) {
  const { key, name, effect, scope } = operation;
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [answer, setAnswer] = useState<unknown>();
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  const because = useMay(scope ?? '') || scope === undefined ? undefined : `Your key lacks the scope ${scope}.`;
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    setAnswer(undefined);
    try {
      const { idempotency_key, ...input } = values;
      const options = idempotency_key === undefined ? {} : { idempotencyKey: String(idempotency_key) };
      // The server checks the arguments by the row of this key.
      setAnswer(await call(key as RouteKey, input as InputOf<RouteKey>, options));
      if (effect !== 'read') await queries.invalidateQueries();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={styles.try} aria-label="Try it">
      <Button
        kind="primary"
        isBusy={isBusy}
        disabledBecause={because}
        onClick={() => (effect === 'read' ? void run() : setAsking(true))}
      >
        {effect === 'read' ? 'Try it' : 'Try it…'}
      </Button>
      <Confirm
        open={isAsking}
        onClose={() => setAsking(false)}
        title={`Call ${name} for real?`}
        action="Call it"
        kind={effect === 'destroy' ? 'danger' : 'primary'}
        onConfirm={run}
      >
        <p>It acts on this queue, exactly as the call above shows.</p>
      </Confirm>
      {problem && (
        <>
          <Trouble trouble={troubleOf(problem)} onRetry={() => void run()} />
          {problem.fields.length > 0 && (
            <ul className={styles.faults}>
              {problem.fields.map(({ pointer, message }) => (
                <li key={pointer}>
                  <code>{pointer}</code> {message}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {answer !== undefined && (
        <UntrustedLines text={JSON.stringify(answer, null, 2).slice(0, MOST_CHARS)} className={styles.answer} />
      )}
    </section>
  );
}

import { useState } from 'react';
import { useWhoami } from '../../api/session.ts';
import { Badge } from '../../ui/badge.tsx';
import styles from './api.module.css';
import { CallTexts } from './call-texts.tsx';
import { type ApiOperation, valuesOf } from './operation.ts';
import { OperationForm } from './operation-form.tsx';
import { TryIt } from './try-it.tsx';

/** One operation: its form, its call at each door, its errors, and a try. */
export function OperationCard({ operation }: { readonly operation: ApiOperation }) {
  const [typed, setTyped] = useState<Readonly<Partial<Record<string, string>>>>({});
  const needsKey = useWhoami()?.key_required ?? false;
  const values = valuesOf(operation, typed);
  const { name, method, path, summary, effect, scope, errors } = operation;
  return (
    <article className={styles.card} aria-labelledby="operation">
      <header className={styles.head}>
        <h2 id="operation">{name}</h2>
        <Effect effect={effect} />
        <p className={styles.address}>
          <code>
            {method} {path}
          </code>
        </p>
        <p className={styles.summary}>{summary}</p>
        {scope !== undefined && (
          <p className={styles.quiet}>
            Needs the scope <code>{scope}</code>.
          </p>
        )}
      </header>
      <OperationForm
        operation={operation}
        typed={typed}
        onType={(field, text) => setTyped({ ...typed, [field]: text })}
      />
      <CallTexts operation={operation} values={values} where={{ origin: location.origin, needsKey }} />
      <TryIt operation={operation} values={values} />
      {errors.length > 0 && (
        <section className={styles.errors} aria-label="Errors">
          <h3>Errors</h3>
          <p>
            {errors.map((code) => (
              <code key={code}>{code}</code>
            ))}
          </p>
        </section>
      )}
    </article>
  );
}

function Effect({ effect }: { readonly effect: ApiOperation['effect'] }) {
  switch (effect) {
    case 'read':
      return (
        <Badge tone="finished" icon="eye">
          Reads
        </Badge>
      );
    case 'write':
      return (
        <Badge tone="queued" icon="play">
          Changes
        </Badge>
      );
    case 'destroy':
      return (
        <Badge tone="failed" icon="cross">
          Destructive
        </Badge>
      );
  }
}

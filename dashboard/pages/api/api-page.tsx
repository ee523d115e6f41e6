import { parseAsString, useQueryState } from 'nuqs';
import { useMemo, useState } from 'react';
import { PageHeader } from '../../shell/page-header.tsx';
import { Empty } from '../../ui/empty.tsx';
import { TextField } from '../../ui/field.tsx';
import { plural } from '../../words/text.ts';
import styles from './api.module.css';
import { type ApiOperation, nounOf } from './operation.ts';
import { OperationCard } from './operation-card.tsx';
import { OPERATIONS } from './operations.generated.ts';

/** Every operation: what it takes, and how it is called at each door. */
export function Page() {
  const [name, setName] = useQueryState('operation', parseAsString.withOptions({ history: 'push' }));
  const [wanted, setWanted] = useState('');
  const groups = useMemo(() => groupsOf(OPERATIONS.filter((each) => fits(each, wanted))), [wanted]);
  const open = OPERATIONS.find((each) => each.name === name);
  return (
    <>
      <PageHeader
        title="API"
        note={
          <>
            {plural(OPERATIONS.length, 'operation')}, each over HTTP, on the command line and in TypeScript; models get
            14 tools over MCP. Schemas: <a href="/openapi.json">openapi.json</a>
          </>
        }
      />
      <div className={styles.page}>
        <nav className={styles.side} aria-label="Operations">
          <div data-filter>
            <TextField label="Find" name="find" type="search" value={wanted} onChange={setWanted} isPrivate />
          </div>
          {groups.length === 0 && <p className={styles.quiet}>No operation has this in its name or summary.</p>}
          {groups.map(([noun, operations]) => (
            <div key={noun}>
              <h2 className={styles.noun}>{noun}</h2>
              <ul>
                {operations.map((operation) => (
                  <li key={operation.key}>
                    <button
                      type="button"
                      className={styles.entry}
                      aria-current={operation.name === name ? 'true' : undefined}
                      data-operation={operation.name}
                      onClick={() => void setName(operation.name)}
                    >
                      {operation.name}
                    </button>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <div className={styles.main}>
          {open ? (
            <OperationCard key={open.key} operation={open} />
          ) : (
            <div className={styles.card}>
              <Empty title="Choose an operation">
                <p>
                  Its form fills in the same call for curl, the command line, TypeScript and MCP. You can try it here.
                </p>
              </Empty>
            </div>
          )}
        </div>
      </div>
    </>
  );
}

function fits({ name, summary, path }: ApiOperation, wanted: string): boolean {
  const text = `${name} ${summary} ${path}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function groupsOf(operations: readonly ApiOperation[]): readonly (readonly [string, readonly ApiOperation[]])[] {
  const nouns = [...new Set(operations.map(nounOf))];
  return nouns.map((noun) => [noun, operations.filter((each) => nounOf(each) === noun)] as const);
}

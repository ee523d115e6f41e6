import { type FormEvent, useEffect, useRef, useState } from 'react';
import { type CallProblem, problemFrom } from '../api/problem.ts';
import { useLogin } from '../api/session.ts';
import styles from './login.module.css';

/** One field, and where keys come from. */
export function Login() {
  const login = useLogin();
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function open(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    setBusy(true);
    setProblem(undefined);
    try {
      await login(key);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
      setBusy(false);
    }
  }

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby="login-title"
      onCancel={(event) => event.preventDefault()}
    >
      <form className={styles.form} onSubmit={(event) => void open(event)}>
        <h2 id="login-title">This queue asks for a key</h2>
        <p className={styles.note}>
          An administrator makes one with <code>pantry-queue key create</code>. It is sent once; this browser then has a
          session, and no page can read the key.
        </p>
        <label className={styles.label} htmlFor="login-key">
          Key
        </label>
        <input
          id="login-key"
          className={styles.field}
          name="key"
          type="password"
          autoComplete="current-password"
          placeholder="pq_…"
          required
          aria-invalid={problem !== undefined}
          aria-describedby={problem && 'login-problem'}
        />
        {problem && (
          <p id="login-problem" role="alert" className={styles.problem}>
            {problem.detail} {problem.hint}
          </p>
        )}
        <button type="submit" className={styles.open} aria-disabled={isBusy}>
          Open
        </button>
      </form>
    </dialog>
  );
}

import { Copy } from '../../ui/copy.tsx';
import styles from './webhooks.module.css';

/** A signing secret, once. */
export function Secret({ secret }: { readonly secret: string | null }) {
  if (secret === null) return <p>This webhook existed already; its secret was shown when it was created.</p>;
  return (
    <>
      <p>
        Messages are signed with this secret. Store it where your receiver can read it:{' '}
        <strong>it is shown only once.</strong>
      </p>
      <p className={styles.secret}>
        <code>{secret}</code>
        <Copy text={secret} label="Copy the secret" />
      </p>
    </>
  );
}

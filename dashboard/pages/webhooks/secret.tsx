import { Copy } from '../../ui/copy.tsx';
import styles from './webhooks.module.css';

/** A signing secret, once. */
export function Secret({ secret }: { readonly secret: string | null }) {
  if (secret === null) return <p>Exactly this webhook was there already; its secret was shown when it was made.</p>;
  return (
    <>
      <p>
        Messages are signed with this secret. Keep it where your receiver finds it:{' '}
        <strong>it is shown only now.</strong>
      </p>
      <p className={styles.secret}>
        <code>{secret}</code>
        <Copy text={secret} label="Copy the secret" />
      </p>
    </>
  );
}

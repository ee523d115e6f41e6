import { useLogout, useWhoami } from '../api/session.ts';
import styles from './whose.module.css';

/** As whom the dashboard is open, and the way out; nothing where the server asks for no key. */
export function Whose() {
  const who = useWhoami();
  const logout = useLogout();
  if (!who?.key_required) return null;
  return (
    <p className={styles.whose}>
      <span>
        User {who.user_id}
        {who.tenant === 'default' ? '' : ` of ${who.tenant}`}
      </span>
      {who.credential === 'session' && (
        <button type="button" className={styles.leave} onClick={() => void logout()}>
          Sign out
        </button>
      )}
    </p>
  );
}

import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from '../api/store.ts';
import { IconButton } from './button.tsx';
import { told } from './tell.ts';
import styles from './toasts.module.css';

const manager = Toast.createToastManager();

/** The place of toasts, once on the page. */
export function Toasts() {
  const waiting = useStore(told);
  useEffect(() => {
    if (waiting.length === 0) return;
    for (const { title, text } of told.get()) manager.add({ title, description: text });
    told.set([]);
  }, [waiting]);
  return (
    <Toast.Provider toastManager={manager}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.toast}>
      <div className={styles.words}>
        <Toast.Title className={styles.title} render={<p />} />
        <Toast.Description className={styles.text} />
      </div>
      <Toast.Close render={<IconButton icon={X} label="Dismiss" />} />
    </Toast.Root>
  ));
}

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';
import styles from './dialog.module.css';
import { useInertPage } from './modal.ts';
import { Trouble, type TroubleFacts, troubleOf } from './trouble.tsx';

export interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen, before the buttons. */
  readonly children?: ReactNode;
  /** What the button does, with its count: "Redrive 42 jobs". */
  readonly action: string;
  readonly kind?: 'primary' | 'danger';
  /** The dialog closes once it has worked; what it throws is shown in the dialog. */
  readonly onConfirm: () => Promise<unknown>;
  /** Why it cannot be confirmed now. */
  readonly disabledBecause?: string | undefined;
}

/** Asks before something that matters. */
export function Confirm(props: ConfirmProps) {
  const { open, onClose, title, children, action, kind = 'primary', onConfirm, disabledBecause } = props;
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<TroubleFacts>();
  useInertPage(open);
  useEffect(() => {
    if (open) setTrouble(undefined);
  }, [open]);

  const confirm = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <AlertDialog.Root open={open} onOpenChange={(isOpen) => !isOpen && !isBusy && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <div className={styles.head}>
            <AlertDialog.Title className={styles.title}>{title}</AlertDialog.Title>
          </div>
          <div className={styles.body}>
            <AlertDialog.Description className={styles.text} render={<div />}>
              {children}
            </AlertDialog.Description>
            {trouble && <Trouble trouble={trouble} />}
            <div className={styles.actions}>
              <AlertDialog.Close render={<Button>Cancel</Button>} />
              <Button kind={kind} isBusy={isBusy} disabledBecause={disabledBecause} onClick={() => void confirm()}>
                {action}
              </Button>
            </div>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

import { Upload } from 'lucide-react';
import { Suspense, useEffect, useState } from 'react';
import { useMay } from '../api/session.ts';
import { createStore, useStore } from '../api/store.ts';
import { Button } from '../ui/button.tsx';
import { useKeys } from '../ui/keys.ts';
import { lazyPart } from './lazy-part.ts';
import styles from './uploads.module.css';

const UploadDialog = lazyPart(async () => (await import('../pages/upload/upload-dialog.tsx')).UploadDialog);

/** Files that were dropped, for the dialog; undefined: it is closed. */
const dropped = createStore<readonly File[] | undefined>(undefined);

const NOT_ALLOWED = 'Your key lacks the scope jobs:write.';

/** Opens the upload. */
export function AddReceipts({ kind = 'primary' }: { readonly kind?: 'primary' | 'plain' }) {
  const may = useMay('jobs:write');
  return (
    <Button kind={kind} icon={Upload} disabledBecause={may ? undefined : NOT_ALLOWED} onClick={() => dropped.set([])}>
      Add receipts
    </Button>
  );
}

/** Takes files that are dropped on any page, and the key `u`. Once on the page. */
export function Uploads() {
  const files = useStore(dropped);
  const may = useMay('jobs:write');
  const [isOver, setOver] = useState(false);
  useKeys([['u', () => may && dropped.set([])]]);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(may);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      // Else the browser would leave the page for the picture.
      event.preventDefault();
      setOver(false);
      if (may) dropped.set([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [may]);
  return (
    <>
      {isOver && (
        <div className={styles.drop} aria-hidden>
          Drop photos to add receipts
        </div>
      )}
      {files && (
        <Suspense fallback={null}>
          <UploadDialog dropped={files} onClose={() => dropped.set(undefined)} />
        </Suspense>
      )}
    </>
  );
}

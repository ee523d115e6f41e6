import { ImageOff, X } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { Link } from 'wouter';
import { addressOfPage } from '../../pages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Untrusted } from '../../ui/untrusted.tsx';
import { plural } from '../../words/text.ts';
import styles from './upload.module.css';
import { type Item, MAX_FILES, useUploads } from './use-uploads.ts';

const NAME_CHARS = 80;
const TAKEN = 'image/jpeg,image/png,image/webp,image/heic,image/heif,application/pdf';

interface UploadDialogProps {
  /** Files that were dropped; further ones that are dropped while it is open are added. */
  readonly dropped: readonly File[];
  readonly onClose: () => void;
}

/** Adds receipts: chosen or dropped, each with its progress, or why it was refused. */
export function UploadDialog({ dropped, onClose }: UploadDialogProps) {
  const uploads = useUploads();
  const [day, setDay] = useState('');
  const chooserId = useId();
  const { items, open, isSending } = uploads;
  const { add } = useRef(uploads).current;
  useEffect(() => add(dropped), [dropped, add]);
  const added = items.filter(({ state }) => state.is === 'added').length;
  const refused = items.filter(({ state }) => state.is === 'refused').length;
  return (
    <Dialog open onClose={onClose} title="Add receipts" holdsInput isWide>
      <div className={styles.dialog}>
        <div className={styles.choose}>
          <label className={styles.zone} htmlFor={chooserId}>
            <strong>Choose photos</strong>
            <span>or drop them here; up to {MAX_FILES} at a time</span>
          </label>
          <input
            id={chooserId}
            className={styles.input}
            type="file"
            accept={TAKEN}
            multiple
            onChange={({ currentTarget }) => {
              uploads.add([...(currentTarget.files ?? [])]);
              currentTarget.value = '';
            }}
          />
        </div>
        {items.length > 0 && (
          <ul className={styles.files} aria-label="Files">
            {items.map((item) => (
              <FileRow key={item.key} item={item} onRemove={() => uploads.remove(item.key)} onFollow={onClose} />
            ))}
          </ul>
        )}
        <TextField
          label="Day of the purchase"
          name="purchase_date"
          type="date"
          note="Optional. The reading is checked against it."
          value={day}
          onChange={setDay}
        />
        <p role="status" className={styles.sum}>
          {added > 0 && `${plural(added, 'receipt')} added. `}
          {refused > 0 && `${plural(refused, 'file')} refused.`}
        </p>
        <DialogActions>
          <Button onClick={onClose}>{added > 0 && open.length === 0 ? 'Done' : 'Cancel'}</Button>
          <Button
            kind="primary"
            isBusy={isSending}
            disabledBecause={open.length === 0 && !isSending ? 'Choose a file first.' : undefined}
            onClick={() => void uploads.sendAll(day === '' ? undefined : day)}
          >
            {isSending ? 'Adding…' : open.length === 0 ? 'Add receipts' : `Add ${plural(open.length, 'receipt')}`}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

interface FileRowProps {
  readonly item: Item;
  readonly onRemove: () => void;
  readonly onFollow: () => void;
}

function FileRow({ item, onRemove, onFollow }: FileRowProps) {
  const [isPicture, setPicture] = useState(true);
  const { file, preview, state } = item;
  return (
    <li className={styles.file}>
      {isPicture ? (
        <img className={styles.thumbnail} src={preview} alt="" onError={() => setPicture(false)} />
      ) : (
        <span className={styles.thumbnail}>
          <ImageOff size={18} aria-hidden />
        </span>
      )}
      <div className={styles.about}>
        <p className={styles.name}>
          <Untrusted text={file.name} maxChars={NAME_CHARS} />
        </p>
        <FileState state={state} name={file.name} onFollow={onFollow} />
      </div>
      {(state.is === 'chosen' || state.is === 'refused') && (
        <IconButton icon={X} label={`Remove ${file.name.slice(0, NAME_CHARS)}`} onClick={onRemove} />
      )}
    </li>
  );
}

function FileState({ state, name, onFollow }: { state: Item['state']; name: string; onFollow: () => void }) {
  switch (state.is) {
    case 'chosen':
      return null;
    case 'sending':
      return <progress className={styles.progress} value={state.part} max={1} aria-label={`Sending ${name}`} />;
    case 'added':
      return (
        <p className={styles.added}>
          {state.as.deduplicated ? 'Already there as ' : 'Added as '}
          <Link href={addressOfPage('job', state.as.job_id)} onClick={onFollow}>
            {state.as.job_id}
          </Link>
        </p>
      );
    case 'refused':
      return (
        <p className={styles.refused} role="alert">
          {state.problem.detail} {state.problem.hint}
        </p>
      );
  }
}

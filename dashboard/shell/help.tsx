import { useState } from 'react';
import { useStore } from '../api/store.ts';
import { PAGE_ROWS } from '../pages.ts';
import { Dialog } from '../ui/dialog.tsx';
import { CheckField } from '../ui/field.tsx';
import { areLettersOn, switchLetters } from '../ui/keys.ts';
import styles from './help.module.css';
import { helpIsOpen } from './shortcuts.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['j k', 'next and previous row; arrows do the same'],
  ['Enter', 'opens the row'],
  ['/', 'goes to the filter'],
  ['u', 'adds receipts'],
  ['p', 'holds updates of the list, and lets them go on'],
  ['+ - 0', 'a larger and smaller image, the whole page'],
  ['[ ]', 'previous and next field of a reading'],
  ['?', 'this help'],
  ['Esc', 'closes what is open'],
];

/** Every key, and the switch for those that are single letters. */
export function Help() {
  const isOpen = useStore(helpIsOpen);
  const [letters, setLetters] = useState(areLettersOn);
  const set = (on: boolean) => {
    switchLetters(on);
    setLetters(on);
  };
  return (
    <Dialog open={isOpen} onClose={() => helpIsOpen.set(false)} title="Keys">
      <dl className={styles.keys}>
        {PAGE_ROWS.map(([key, { title, nav }]) =>
          nav ? (
            <div key={key}>
              <dt>
                <kbd>g {nav.letter}</kbd>
              </dt>
              <dd>{title}</dd>
            </div>
          ) : null,
        )}
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <CheckField label="Single letters do something" checked={letters} onChange={set} />
    </Dialog>
  );
}

import { useState } from 'react';
import { useStore } from '../api/store.ts';
import { PAGE_ROWS } from '../pages.ts';
import { Dialog } from '../ui/dialog.tsx';
import { CheckField } from '../ui/field.tsx';
import { areLettersOn, switchLetters } from '../ui/keys.ts';
import styles from './help.module.css';
import { helpIsOpen } from './shortcuts.ts';

type Key = readonly [keys: string, does: string];

/** The keys besides those that go to a page, by where they do something. */
const KEYS: readonly (readonly [where: string, keys: readonly Key[]])[] = [
  [
    'Everywhere',
    [
      ['/', 'goes to the filter'],
      ['u', 'adds receipts'],
      ['?', 'opens this help'],
      ['Esc', 'closes what is open'],
    ],
  ],
  [
    'Lists',
    [
      ['j k', 'next and previous row; arrows do the same'],
      ['Enter', 'opens the row'],
      ['x', 'selects a job'],
      ['p', 'pauses and resumes updates of the jobs'],
      ['d', 'redrives failed jobs'],
    ],
  ],
  [
    'One job',
    [
      ['c', 'cancels it'],
      ['r', 'retries it'],
      ['[ ]', 'previous and next value that was read'],
      ['+ - 0', 'larger and smaller image, whole page'],
      ['← →', 'move the image; ↑ ↓ too where it is enlarged'],
    ],
  ],
  [
    'Review',
    [
      ['Ctrl+Enter', 'confirms, and goes to the next'],
      ['Ctrl+→', 'skips to the next'],
      ['Alt+Z', 'takes a field back to what was read'],
    ],
  ],
  [
    'Other pages',
    [
      ['1 … 4', 'span of the charts on the overview'],
      ['y', 'copies the call on the API page'],
    ],
  ],
];

const TO_PAGES = PAGE_ROWS.flatMap(([, { title, nav }]): Key[] => (nav ? [[`g ${nav.letter}`, title]] : []));

/** Every key, and the switch for those that are single letters. */
export function Help() {
  const isOpen = useStore(helpIsOpen);
  const [letters, setLetters] = useState(areLettersOn);
  const set = (on: boolean) => {
    switchLetters(on);
    setLetters(on);
  };
  return (
    <Dialog open={isOpen} onClose={() => helpIsOpen.set(false)} title="Keys" isWide>
      <div className={styles.groups}>
        {[['Go to', TO_PAGES] as const, ...KEYS].map(([where, keys]) => (
          <section key={where} className={styles.group}>
            <h3>{where}</h3>
            <dl className={styles.keys}>
              {keys.map(([name, does]) => (
                <div key={name}>
                  <dt>
                    <kbd>{name}</kbd>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <CheckField label="Single-letter shortcuts" checked={letters} onChange={set} />
    </Dialog>
  );
}

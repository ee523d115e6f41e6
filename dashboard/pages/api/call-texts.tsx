import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import { Copy, copyText } from '../../ui/copy.tsx';
import { useKeys } from '../../ui/keys.ts';
import { useMedia } from '../../ui/media.ts';
import { tell } from '../../ui/tell.ts';
import styles from './api.module.css';
import type { ApiOperation, Values } from './operation.ts';
import { DOOR_WORDS, type DoorName, textOf, type Where } from './texts.ts';

interface CallTextsProps {
  readonly operation: ApiOperation;
  readonly values: Values;
  readonly where: Where;
}

const DOORS = Object.entries(DOOR_WORDS) as [DoorName, string][];
/** Room for two texts beside the list of operations. */
const WIDE = '(min-width: 1100px)';

/** The same call at four doors: beside each other where there is room, else as tabs. */
export function CallTexts({ operation, values, where }: CallTextsProps) {
  const [door, setDoor] = useState<DoorName>('curl');
  const isWide = useMedia(WIDE);
  const textAt = (at: DoorName) => textOf(at, operation, values, where);
  useKeys([
    [
      'y',
      () => {
        const text = textAt(door);
        if (text !== undefined)
          void copyText(text).then(
            () => tell(`${DOOR_WORDS[door]} copied`),
            () => undefined,
          );
      },
    ],
  ]);
  if (isWide) {
    return (
      <section aria-label="The call" className={styles.texts}>
        {DOORS.map(([each, words]) => (
          <div key={each}>
            <h3>{words}</h3>
            <div className={styles.text}>
              <CallText text={textAt(each)} words={words} door={each} onFocus={() => setDoor(each)} />
            </div>
          </div>
        ))}
      </section>
    );
  }
  return (
    <section aria-label="The call">
      <Tabs.Root value={door} onValueChange={(value) => setDoor(value as DoorName)}>
        <Tabs.List className={styles.tabs} aria-label="How to call it">
          {DOORS.map(([each, words]) => (
            <Tabs.Tab key={each} value={each} className={styles.tab}>
              {words}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {DOORS.map(([each, words]) => (
          <Tabs.Panel key={each} value={each} className={styles.text}>
            <CallText text={textAt(each)} words={words} door={each} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </section>
  );
}

interface CallTextProps {
  readonly text: string | undefined;
  readonly words: string;
  readonly door: DoorName;
  /** `y` copies the text that had the focus last. */
  readonly onFocus?: () => void;
}

function CallText({ text, words, door, onFocus }: CallTextProps) {
  if (text === undefined) {
    return (
      <p className={styles.quiet}>
        There is no MCP tool for this operation: applications use one of the other interfaces.
      </p>
    );
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre tabIndex={0} data-door={door} onFocus={onFocus}>
        {text}
      </pre>
      <Copy text={text} label={`Copy the call for ${words}`} />
    </>
  );
}

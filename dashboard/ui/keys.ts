import { useEffect, useRef } from 'react';
import { tinykeys } from 'tinykeys';

/** A key, a chord (`Control+Enter`) or a row of keys (`g j`), and what it does. */
export type Keys = readonly (readonly [key: string, act: (event: KeyboardEvent) => void])[];

const SWITCH = 'letter-keys';

/** Single-letter shortcuts, unless the reader switched that off in the help. */
export const areLettersOn = (): boolean => localStorage.getItem(SWITCH) !== 'off';

export function switchLetters(on: boolean): void {
  if (on) localStorage.removeItem(SWITCH);
  else localStorage.setItem(SWITCH, 'off');
}

/** Keys of a part of the page while it is there. An open dialog comes first, and typing in a field but for `Escape`. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  const names = keys.map(([name]) => name).join('\n');
  useEffect(() => {
    if (names === '') return undefined;
    const bindings = names.split('\n').map((name) => [
      name,
      (event: KeyboardEvent) => {
        if (!mayAct(name, event)) return;
        event.preventDefault();
        latest.current.find(([each]) => each === name)?.[1](event);
      },
    ]);
    return tinykeys(window, Object.fromEntries(bindings));
  }, [names]);
}

const CHORD = /(Control|Alt|Meta|\$mod)\+/;

function mayAct(name: string, event: KeyboardEvent): boolean {
  if (document.querySelector('#root')?.hasAttribute('inert')) return false;
  if (CHORD.test(name)) return true;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (isTyping(event.target)) return name === 'Escape';
  return areLettersOn() || !/^[a-z]( |$)/.test(name);
}

/** A box that is checked takes no letters. */
const TYPED = 'input:not([type=checkbox]), select, textarea, [role=menu], [role=menu] *';

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches(TYPED);
}

import type { Tone } from '../words/states.ts';
import { classNames } from './class-names.ts';
import styles from './dot.module.css';

/** The mark of a tone. It says nothing alone: a word stands beside it. */
export function Dot({ tone }: { readonly tone: Tone }) {
  return <span aria-hidden className={classNames(styles.dot, styles[tone])} />;
}

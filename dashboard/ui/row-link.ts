import { classNames } from './class-names.ts';
import styles from './rows.module.css';

/** Class of the link in a row that opens it. */
export const rowLink: string = classNames(styles.link, styles.mono);
/** The same where its text is words. */
export const rowWords: string = classNames(styles.link);

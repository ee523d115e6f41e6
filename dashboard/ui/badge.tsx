import type { ReactNode } from 'react';
import type { Status } from '../../src/contract/job.ts';
import { NEEDS_REVIEW, type StateIcon, type Tone, wordsOf } from '../words/states.ts';
import styles from './badge.module.css';
import { classNames } from './class-names.ts';
import { STATE_ICONS } from './icons.ts';

interface BadgeProps {
  readonly tone: Tone;
  readonly icon: StateIcon;
  readonly children: ReactNode;
}

/** A word with its picture, in a tone. */
export function Badge({ tone, icon, children }: BadgeProps) {
  const Icon = STATE_ICONS[icon];
  return (
    <span className={classNames(styles.badge, styles[tone])}>
      <Icon size={14} aria-hidden />
      {children}
    </span>
  );
}

interface StateBadgeProps {
  readonly status: Status;
  readonly phase?: string | null | undefined;
  /** Of its receipt: a finished job then says so. */
  readonly needsReview?: boolean | undefined;
  /** In place of the word, where more is known: "Starts 18:00". */
  readonly word?: string | undefined;
}

/** The state of a job. */
export function StateBadge({ status, phase, needsReview = false, word }: StateBadgeProps) {
  const words = status === 'finished' && needsReview ? NEEDS_REVIEW : wordsOf(status, phase);
  return (
    <Badge tone={words.tone} icon={words.icon}>
      {word ?? words.word}
    </Badge>
  );
}

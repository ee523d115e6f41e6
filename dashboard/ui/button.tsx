import type { LucideIcon } from 'lucide-react';
import { type ComponentPropsWithRef, type MouseEvent, type ReactNode, useId } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names.ts';
import { Hidden } from './hidden.tsx';

/** `primary` once a page; `danger` for what ends or hides something; `quiet` beside others. */
export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet';

export interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'disabled'> {
  readonly kind?: ButtonKind;
  readonly icon?: LucideIcon | undefined;
  /** Its call runs: a second press does nothing. */
  readonly isBusy?: boolean;
  /** Why it cannot be pressed now; shown on hover and read out. It keeps its place in the order of Tab. */
  readonly disabledBecause?: string | undefined;
}

/** A button. One that cannot be pressed says why. */
export function Button(props: ButtonProps) {
  const { kind, icon: Icon, isBusy = false, disabledBecause, children, className, onClick, ...rest } = props;
  const reasonId = useId();
  const isOff = isBusy || disabledBecause !== undefined;
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (isOff) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type="button"
      {...rest}
      onClick={press}
      className={classNames(buttonClass(kind), className)}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      title={disabledBecause ?? rest.title}
      aria-describedby={disabledBecause === undefined ? rest['aria-describedby'] : reasonId}
    >
      {Icon && <Icon size={16} aria-hidden />}
      {children}
      {disabledBecause !== undefined && (
        <span id={reasonId} hidden>
          {disabledBecause}
        </span>
      )}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children'> {
  readonly icon: LucideIcon;
  /** What it does: read out, and shown on hover. */
  readonly label: string;
}

/** A button that shows only its picture; its label is there for everybody else. */
export function IconButton({ label, className, kind = 'quiet', ...rest }: IconButtonProps) {
  return (
    <Button title={label} {...rest} kind={kind} className={classNames(styles.iconOnly, className)}>
      <Hidden>{label}</Hidden>
    </Button>
  );
}

/** The looks of a button, for a link. */
export function buttonClass(kind: ButtonKind = 'plain'): string {
  return classNames(styles.button, kind !== 'plain' && styles[kind]);
}

/** Buttons beside each other. */
export function Buttons({ children }: { readonly children: ReactNode }) {
  return <div className={styles.buttons}>{children}</div>;
}

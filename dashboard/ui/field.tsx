import { Field as Base } from '@base-ui/react/field';
import { type ReactNode, type Ref, useId } from 'react';
import { classNames } from './class-names.ts';
import styles from './field.module.css';

interface FieldProps {
  readonly label: ReactNode;
  /** Name in the form; an error of the server whose pointer is `/name` lands here. */
  readonly name: string;
  readonly note?: ReactNode;
  readonly error?: string | undefined;
}

export interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'password' | 'url' | 'search' | 'date' | 'datetime-local';
  readonly inputMode?: 'decimal' | 'numeric';
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly autoFocus?: boolean;
  /** The browser offers nothing that was typed before. */
  readonly isPrivate?: boolean;
  readonly onFocus?: () => void;
  readonly inputRef?: Ref<HTMLElement>;
  readonly list?: string;
}

/** A line of text with its label, a note and what is wrong with it. */
export function TextField(props: TextFieldProps) {
  const { label, name, note, error, value, onChange, isPrivate = false, inputRef, ...rest } = props;
  return (
    <Base.Root name={name} invalid={error !== undefined} className={styles.field}>
      <Base.Label className={styles.label}>{label}</Base.Label>
      <Base.Control
        {...rest}
        ref={inputRef}
        value={value}
        onValueChange={onChange}
        className={styles.control}
        autoComplete={isPrivate ? 'off' : undefined}
      />
      {note !== undefined && <Base.Description className={styles.note}>{note}</Base.Description>}
      {error !== undefined && (
        <Base.Error match className={styles.error}>
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

interface SelectFieldProps<Value extends string> extends FieldProps {
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly onChange: (value: Value) => void;
}

/** One of few, as the system shows it: a list on a phone, keys everywhere. */
export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { label, name, note, error, value, options, onChange } = props;
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        name={name}
        className={styles.control}
        value={value}
        aria-invalid={error !== undefined || undefined}
        onChange={(event) => {
          const chosen = options.find(([each]) => each === event.currentTarget.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
      {note !== undefined && <p className={styles.note}>{note}</p>}
      {error !== undefined && <p className={styles.error}>{error}</p>}
    </div>
  );
}

interface AreaFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows?: number;
}

/** Several lines of text. */
export function AreaField({ label, name, note, error, value, onChange, rows = 4 }: AreaFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        name={name}
        rows={rows}
        className={classNames(styles.control, styles.area)}
        value={value}
        aria-invalid={error !== undefined || undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {note !== undefined && <p className={styles.note}>{note}</p>}
      {error !== undefined && <p className={styles.error}>{error}</p>}
    </div>
  );
}

interface CheckFieldProps {
  readonly label: ReactNode;
  readonly note?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Yes or no. */
export function CheckField({ label, note, checked, onChange }: CheckFieldProps) {
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        {note !== undefined && <span className={styles.note}> {note}</span>}
      </span>
    </label>
  );
}

/** Fields that belong together under one name. */
export function FieldGroup({
  label,
  error,
  children,
}: {
  label: string;
  error?: string | undefined;
  children: ReactNode;
}) {
  return (
    <fieldset className={styles.field}>
      <legend className={styles.label}>{label}</legend>
      <div className={styles.options}>{children}</div>
      {error !== undefined && <p className={styles.error}>{error}</p>}
    </fieldset>
  );
}

/** What a server says of single values: JSON pointer `/name` → its message. */
export function errorsByField(errors: readonly { readonly pointer: string; readonly message: string }[]) {
  const byField: Partial<Record<string, string>> = {};
  for (const { pointer, message } of errors) byField[pointer.replace(/^#?\//, '')] ??= message;
  return byField;
}

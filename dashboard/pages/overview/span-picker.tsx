import styles from './span-picker.module.css';
import { SPANS, type Span } from './spans.ts';

interface SpanPickerProps {
  readonly value: Span['name'];
  readonly onChange: (name: Span['name']) => void;
}

/** Which span of time the charts show. */
export function SpanPicker({ value, onChange }: SpanPickerProps) {
  return (
    <fieldset className={styles.picker} aria-label="Span of time">
      {SPANS.map(({ name }, nth) => (
        <button
          key={name}
          type="button"
          className={styles.span}
          aria-pressed={name === value}
          title={`Key ${nth + 1}`}
          onClick={() => onChange(name)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

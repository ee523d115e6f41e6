import { ListFilter, X } from 'lucide-react';
import { Suspense, useRef, useState } from 'react';
import { lazyPart } from '../../shell/lazy-part.ts';
import { Button } from '../../ui/button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { lineOf } from '../../words/text.ts';
import { whenOf } from '../../words/times.ts';
import styles from './filter-bar.module.css';
import { FILTER_NAMES, type FilterName, type JobFilters } from './filters.ts';

const FilterForm = lazyPart(async () => (await import('./filter-form.tsx')).FilterForm);

const CHIP_CHARS = 40;
const ALL = Object.keys(FILTER_NAMES) as FilterName[];

interface FilterBarProps {
  readonly filters: JobFilters;
  readonly onChange: (next: JobFilters) => void;
  /** Those that the page can be filtered by; all where left out. */
  readonly names?: readonly FilterName[];
}

/** The active filters, each to be dropped by itself, and the form for more. No filter holds that is not seen here. */
export function FilterBar({ filters, onChange, names = ALL }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useKeys(isOpen ? [['Escape', close]] : []);
  const chips = names.filter((name) => name !== 'status' && textOf(name, filters) !== '');
  return (
    <div className={styles.bar}>
      <div className={styles.row}>
        <Button ref={button} icon={ListFilter} data-filter aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Filter
        </Button>
        {chips.map((name) => (
          <button
            key={name}
            type="button"
            className={styles.chip}
            onClick={() => onChange({ [name]: null })}
            aria-label={`Remove filter ${FILTER_NAMES[name]} ${textOf(name, filters)}`}
          >
            <span className={styles.name}>{FILTER_NAMES[name]}</span>
            <bdi>{textOf(name, filters)}</bdi>
            <X size={14} aria-hidden />
          </button>
        ))}
      </div>
      {isOpen && (
        <Suspense fallback={null}>
          <FilterForm
            filters={filters}
            names={names}
            onApply={(next) => {
              onChange(next);
              close();
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

/** What a filter is set to; empty: it is not. */
function textOf(name: FilterName, filters: JobFilters): string {
  const value = filters[name];
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (value === true) return 'only';
  if (name === 'created_after' || name === 'created_before') return whenOf(String(value), Date.now());
  const text = String(value);
  return text === '' ? '' : lineOf(text, CHIP_CHARS);
}

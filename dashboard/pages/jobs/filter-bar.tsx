import { ListFilter, X } from 'lucide-react';
import { Suspense, useState } from 'react';
import { lazyPart } from '../../shell/lazy-part.ts';
import { Button } from '../../ui/button.tsx';
import { lineOf } from '../../words/text.ts';
import { whenOf } from '../../words/times.ts';
import styles from './filter-bar.module.css';
import { FILTER_NAMES, type FilterName, type JobFilters } from './filters.ts';

const FilterForm = lazyPart(async () => (await import('./filter-form.tsx')).FilterForm);

const CHIP_CHARS = 40;

interface FilterBarProps {
  readonly filters: JobFilters;
  readonly onChange: (next: JobFilters) => void;
}

/** The active filters, each to be dropped by itself, and the form for more. No filter holds that is not seen here. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const chips = (Object.keys(FILTER_NAMES) as FilterName[]).filter(
    (name) => name !== 'status' && textOf(name, filters) !== '',
  );
  return (
    <div className={styles.bar}>
      <div className={styles.row}>
        <Button icon={ListFilter} data-filter aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Filter
        </Button>
        {chips.map((name) => (
          <button
            key={name}
            type="button"
            className={styles.chip}
            onClick={() => onChange({ [name]: null })}
            aria-label={`Drop the filter ${FILTER_NAMES[name]} ${textOf(name, filters)}`}
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
            onApply={(next) => {
              onChange(next);
              setOpen(false);
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

import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import styles from './api.module.css';
import type { ApiField, ApiOperation, FieldKind } from './operation.ts';

interface OperationFormProps {
  readonly operation: ApiOperation;
  readonly typed: Readonly<Partial<Record<string, string>>>;
  readonly onType: (field: string, text: string) => void;
}

const KIND_WORDS = {
  int: 'number',
  flag: 'yes or no',
  text: 'text',
  'list of int': 'numbers, with spaces between',
  'list of text': 'texts, with spaces between',
  json: 'JSON',
} as const satisfies Readonly<Record<FieldKind, string>>;

/** The input of an operation as a form, made from its schema. */
export function OperationForm({ operation: { fields }, typed, onType }: OperationFormProps) {
  if (fields.length === 0) return <p className={styles.quiet}>It takes no arguments.</p>;
  const ordered = [...fields].sort((one, other) => Number(other.isRequired ?? false) - Number(one.isRequired ?? false));
  return (
    <div className={styles.form}>
      {ordered.map((field) => (
        <ValueField
          key={field.name}
          field={field}
          value={typed[field.name] ?? ''}
          onChange={(text) => onType(field.name, text)}
        />
      ))}
    </div>
  );
}

interface ValueFieldProps {
  readonly field: ApiField;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function ValueField({ field, value, onChange }: ValueFieldProps) {
  const { name, kind, isRequired = false, about, choices } = field;
  const label = (
    <>
      <code>{name}</code>
      <span className={styles.kind}>
        {KIND_WORDS[kind]}
        {isRequired && ', required'}
      </span>
    </>
  );
  const shared = { label, name, note: about, value, onChange };
  const options = kind === 'flag' ? ['true', 'false'] : kind === 'text' ? choices : undefined;
  if (options) {
    return <SelectField {...shared} options={[['', 'not set'], ...options.map((each) => [each, each] as const)]} />;
  }
  if (kind === 'json') return <AreaField {...shared} rows={3} />;
  return <TextField {...shared} isPrivate {...(choices ? { placeholder: choices.slice(0, 3).join(' ') } : {})} />;
}

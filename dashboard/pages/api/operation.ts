/** An operation as the API page shows it. */

export type FieldKind = 'int' | 'flag' | 'text' | 'list of int' | 'list of text' | 'json';

export interface ApiField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly isRequired?: boolean;
  /** Its place on a command line; else it has a flag. */
  readonly place?: number;
  readonly flag?: string;
  readonly about?: string;
  readonly choices?: readonly string[];
}

export interface ApiOperation {
  readonly key: string;
  readonly name: string;
  readonly summary: string;
  readonly method: string;
  readonly path: string;
  /** Its arguments are the JSON body; else the query. */
  readonly hasBody?: boolean;
  readonly effect: 'read' | 'write' | 'destroy';
  /** Absent: everybody may. */
  readonly scope?: string;
  readonly errors: readonly string[];
  readonly command: string;
  /** The command shows a preview and asks, unless it is told not to. */
  readonly isPreviewed?: boolean;
  /** The arguments of its MCP tool; absent: models have no tool for it. */
  readonly tool?: readonly string[];
  readonly fields: readonly ApiField[];
}

/** What is called, with values as they are sent. */
export type Values = Readonly<Record<string, unknown>>;

/** The word that operations are grouped by: that of their command. */
export function nounOf({ command }: ApiOperation): string {
  return command.split(' ')[0] ?? '';
}

/** What somebody typed into a field → its value; undefined where it is empty. What does not fit is sent as text: the server says why. */
function valueFrom({ kind }: Pick<ApiField, 'kind'>, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return undefined;
  const number = (word: string): unknown => (/^-?\d{1,15}$/.test(word) ? Number(word) : word);
  switch (kind) {
    case 'int':
      return number(text);
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list of int':
      return text.split(/[\s,]+/).map(number);
    case 'list of text':
      return text.split(/[\s,]+/);
    case 'json':
      return jsonOf(text);
    case 'text':
      return text;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The values of a form, without those that are empty. */
export function valuesOf({ fields }: ApiOperation, typed: Readonly<Partial<Record<string, string>>>): Values {
  const entries = fields.map((field) => [field.name, valueFrom(field, typed[field.name] ?? '')] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

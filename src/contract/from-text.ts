import type { z } from 'zod';

/** What a field takes, for doors where every value arrives as text: a query string, a form, a command line. */
export type TextKind = 'int' | 'flag' | 'text' | 'list of int' | 'list of text' | 'json';

type ListKind = Extract<TextKind, `list of ${string}`>;

const WHOLE_NUMBER = /^-?(0|[1-9][0-9]{0,16})$/;

/** @returns what a field of an operation's input takes; optional or not */
export function textKindOf(field: z.core.$ZodType): TextKind {
  const { def } = field._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return textKindOf(def.innerType);
    case 'number':
      return 'int';
    case 'boolean':
      return 'flag';
    case 'literal':
      return def.values.every((value) => typeof value === 'boolean') ? 'flag' : 'text';
    case 'array':
      if (def.element._zod.def.type === 'object') return 'json';
      return textKindOf(def.element) === 'int' ? 'list of int' : 'list of text';
    default:
      return 'text';
  }
}

/**
 * Text → the value it stands for, and nothing else: "17abc", "1.5", " 17 ", "1e3", "+1" and full-width digits stay text,
 * which the field's own check then refuses and names.
 */
export function valueFromText(kind: TextKind, text: string): unknown {
  if (kind === 'int') return WHOLE_NUMBER.test(text) ? Number(text) : text;
  if (kind === 'json') return jsonFrom(text);
  if (kind === 'flag') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

export function isList(kind: TextKind): kind is ListKind {
  return kind.startsWith('list of ');
}

/** The texts of a list, each named with its field again, → its values. */
export function valuesFromTexts(kind: ListKind, texts: readonly string[]): unknown[] {
  const element = kind === 'list of int' ? 'int' : 'text';
  return texts.map((text) => valueFromText(element, text));
}

/** A list of objects has no shorter form. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

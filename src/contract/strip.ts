import type { z } from 'zod';

type Strip = (value: unknown) => unknown;

const asItIs: Strip = (value) => value;
const known = new WeakMap<z.core.$ZodType, Strip>();

/**
 * What a schema names and nothing else, at any depth. Values stay as they are: an adopted table may hold some that no
 * schema foresaw, and an answer with them is better than none.
 */
export function strip(schema: z.core.$ZodType, value: unknown): unknown {
  let ofSchema = known.get(schema);
  if (ofSchema === undefined) {
    ofSchema = stripOf(schema);
    known.set(schema, ofSchema);
  }
  return ofSchema(value);
}

function stripOf(schema: z.core.$ZodType): Strip {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'optional':
    case 'nullable':
      return stripOf(def.innerType);
    case 'array': {
      const each = stripOf(def.element);
      return (value) => (Array.isArray(value) && each !== asItIs ? value.map(each) : value);
    }
    case 'object': {
      const fields = Object.entries(def.shape).map(([name, field]) => ({ name, of: stripOf(field) }));
      return (value) => {
        if (typeof value !== 'object' || value === null) return value;
        const stripped: Record<string, unknown> = {};
        for (const { name, of } of fields) {
          if (Object.hasOwn(value, name)) stripped[name] = of((value as Readonly<Record<string, unknown>>)[name]);
        }
        return stripped;
      };
    }
    case 'union': {
      const choices = def.options.map((option) => ({ isMeant: hasFieldsOf(option), of: stripOf(option) }));
      return (value) => (choices.find(({ isMeant }) => isMeant(value))?.of ?? asItIs)(value);
    }
    default:
      return asItIs;
  }
}

/** Has a value what an object of this schema must have? False where the schema is none of an object. */
function hasFieldsOf(schema: z.core.$ZodType): (value: unknown) => boolean {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type !== 'object') return () => false;
  const names = Object.entries(def.shape)
    .filter(([, field]) => field._zod.optout === undefined)
    .map(([name]) => name);
  return (value) => typeof value === 'object' && value !== null && names.every((name) => Object.hasOwn(value, name));
}

import { z } from 'zod';
import { bulk } from '../../contract/bulk.ts';
import { job, receiptResult } from '../../contract/fields.ts';
import { batch, batchEnd } from '../../contract/operations/batches.ts';
import { cap } from '../../contract/operations/caps.ts';
import { key } from '../../contract/operations/keys.ts';
import { pause } from '../../contract/operations/queue-info.ts';
import { receipt } from '../../contract/operations/receipts.ts';
import { run, schedule } from '../../contract/operations/schedules.ts';
import { itemEdit } from '../../contract/operations/update-receipt.ts';
import { delivery, webhook } from '../../contract/operations/webhooks.ts';
import { previewAnswer } from '../../contract/preview.ts';
import { provenance, receiptChange, review } from '../../contract/review.ts';
import { FIELD_EXAMPLES } from './field-examples.ts';

export type Json = Record<string, unknown>;

/** Schemas that several operations share; each other one is named after its operation. */
const SHARED: Readonly<Record<string, z.ZodObject>> = {
  Job: job,
  ReceiptResult: receiptResult,
  Receipt: receipt,
  Review: review,
  Provenance: provenance,
  ReceiptChange: receiptChange,
  Pause: pause,
  Cap: cap,
  Preview: previewAnswer,
  Bulk: bulk,
  Batch: batch,
  BatchEnd: batchEnd,
  Schedule: schedule,
  ScheduleRun: run,
  Webhook: webhook,
  Delivery: delivery,
  Key: key,
};

/** The same of what callers send. */
const SHARED_INPUTS: Readonly<Record<string, z.ZodObject>> = { ItemEdit: itemEdit };

export const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** Every schema of the document, named once: what uses one refers to it. */
export interface Schemas {
  /** @returns the reference to a schema, which gets this name unless it has one */
  named(name: string, schema: z.ZodObject): Json;
  /** All that were named, as JSON Schema. */
  components(): Json;
}

interface Named {
  readonly schema: z.ZodObject;
  /** The shared schema that this one adds fields to. */
  readonly base: string | undefined;
}

/** @param io whether callers send them or get them */
export function createSchemas(io: 'input' | 'output'): Schemas {
  const shared = io === 'output' ? SHARED : SHARED_INPUTS;
  const names = new Map<z.ZodObject, string>(Object.entries(shared).map(([name, schema]) => [schema, name]));
  const entries = new Map<string, Named>(
    Object.entries(shared).map(([name, schema]) => [name, { schema, base: undefined }]),
  );
  return {
    named(name, schema) {
      const known = names.get(schema);
      if (known !== undefined) return refTo(known);
      const { base, ...apart } = apartFromBase(schema, shared);
      const isBase = base !== undefined && Object.keys(apart.schema.shape).length === 0;
      names.set(schema, isBase ? base : name);
      if (!isBase) entries.set(name, { base, ...apart });
      return refTo(isBase ? base : name);
    },
    components() {
      const registry = z.registry<{ id: string }>();
      for (const [id, { schema }] of entries) registry.add(schema, { id });
      const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}`, override: tidy });
      return Object.fromEntries(
        [...entries].map(([name, { base }]) => {
          const { $schema: _version, $id: _address, ...schema } = schemas[name] as Json;
          return [name, base === undefined ? schema : { allOf: [refTo(base), schema] }];
        }),
      );
    },
  };
}

/** A schema that has all fields of a shared one holds only what it adds. */
function apartFromBase(schema: z.ZodObject, shared: Readonly<Record<string, z.ZodObject>>): Named {
  const has = ({ shape }: z.ZodObject) => Object.entries(shape).every(([name, field]) => schema.shape[name] === field);
  const [base, { shape = {} } = {}] = Object.entries(shared).find(([, candidate]) => has(candidate)) ?? [];
  if (base === undefined) return { schema, base };
  const added = Object.entries(schema.shape).filter(([name]) => !Object.hasOwn(shape, name));
  return { schema: z.object(Object.fromEntries(added)), base };
}

/** One argument that stands in a path, a query or a header. */
export function fieldSchema(name: string, field: z.core.$ZodType): Json {
  const { $schema: _version, ...schema } = z.toJSONSchema(field, { io: 'input', override: tidy });
  return withExample(name, schema);
}

function withExample(name: string, schema: Json): Json {
  const example = FIELD_EXAMPLES[name];
  return example === undefined ? schema : { ...schema, examples: [example] };
}

/** @param properties of a body that callers send */
export function withExamples(properties: Json): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, withExample(name, schema as Json)]),
  );
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** Leaves out what says nothing: the bounds of any whole number, and the expression behind a format. */
const tidy: Override = ({ zodSchema, jsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  // An answer may gain fields; an argument may not.
  const { def } = zodSchema._zod;
  if (def.type === 'object' && jsonSchema.additionalProperties === false && !isStrict(zodSchema)) {
    delete jsonSchema.additionalProperties;
  }
};

function isStrict(schema: z.core.$ZodType): boolean {
  const { def } = schema._zod as z.core.$ZodObject['_zod'];
  return def.catchall?._zod.def.type === 'never';
}

import { z } from 'zod';
import { tools } from '../../mcp/tools/index.ts';
import { flagNameOf } from '../../src/cli/arguments.ts';
import { textKindOf } from '../../src/contract/from-text.ts';
import { type Operation, takesBody } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';

interface Schema {
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** What the API page shows of each operation: its fields and how each door names them; loaded by that page alone. */
export function dashboardOperations(): string {
  const rows = Object.entries<Operation>(operations).map(([key, row]) => `  ${JSON.stringify(rowOf(key, row))},`);
  return `/** Made from src/contract/operations by npm run gen. */
import type { ApiOperation } from './operation.ts';

export const OPERATIONS: readonly ApiOperation[] = [
${rows.join('\n')}
];
`;
}

function rowOf(key: string, row: Operation) {
  const { name, summary, http, effect, scope, errors, cli, input } = row;
  const tool = tools.find((each) => each.name === name);
  const words = cli.split(' ');
  const places = words.filter((word) => /^[<[]/.test(word)).map((word) => word.replace(/[<>[\].]/g, ''));
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  return {
    key,
    name,
    summary,
    method: http[0],
    path: http[1],
    ...(takesBody(http[0]) ? { hasBody: true } : {}),
    effect,
    scope,
    errors,
    command: words.filter((word) => /^[a-z]/.test(word)).join(' '),
    ...(Object.hasOwn(input.shape, 'confirm_token') ? { isPreviewed: true } : {}),
    ...(tool ? { tool: Object.keys(input.shape).filter((field) => Object.hasOwn(tool.input.shape, field)) } : {}),
    fields: Object.entries(input.shape).map(([field, schema]) => {
      const found = properties[field] as Schema | undefined;
      const choices = choicesOf(found);
      return {
        name: field,
        kind: textKindOf(schema),
        ...(required.includes(field) ? { isRequired: true } : {}),
        ...(places.includes(field) ? { place: places.indexOf(field) } : { flag: flagNameOf(field) }),
        ...(found?.description ? { about: found.description } : {}),
        ...(choices.length > 0 ? { choices } : {}),
      };
    }),
  };
}

function choicesOf(schema: Schema | undefined): readonly string[] {
  const { enum: choices = [], items, anyOf = [] } = schema ?? {};
  const own = choices.filter((choice) => typeof choice === 'string');
  if (own.length > 0) return own;
  return [...(items ? choicesOf(items) : []), ...anyOf.flatMap(choicesOf)];
}

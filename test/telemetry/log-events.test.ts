import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { LOG_EVENTS } from '../../src/contract/log-events.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Programs of their own, with logs of their own. */
const OWN_LOGS = /^src\/(ocr|embedded)\//;

interface LogCall {
  readonly file: string;
  readonly level: string;
  /** The names that its last argument can be; undefined: something else stands there. */
  readonly events: readonly string[] | undefined;
}

/** Its arguments, by the commas that stand in no bracket and no text. */
function argumentsAt(text: string, from: number): string[] {
  const args = [''];
  let depth = 1;
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== '') quote = char === quote && text.charAt(at - 1) !== '\\' ? '' : quote;
    else if (`'"\``.includes(char)) quote = char;
    else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    if (depth === 0) return args.map((arg) => arg.trim()).filter((arg) => arg !== '');
    if (char === ',' && depth === 1 && quote === '') args.push('');
    else args[args.length - 1] += char;
  }
  throw new Error('a call that does not end');
}

function logCallsIn(file: string, text: string): LogCall[] {
  return [...text.matchAll(/\b(?:log|logger)(?:\(\))?\.(info|warn|error|debug|fatal)\(/g)].map((match) => {
    // The agent names its events within the fields.
    const [fields = '', event = fields] = argumentsAt(text, match.index + match[0].length);
    const names = [...event.matchAll(/'([a-z]+\.[a-z_]+)'/g)].map(([, name = '']) => name);
    const events = names.length === 0 ? undefined : names;
    return { file, level: match[1] ?? '', events };
  });
}

const sources = ['src', 'mcp', 'activities'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`),
);
const texts = new Map(sources.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
const calls = [...texts].flatMap(([file, text]) => logCallsIn(file, text));

it('[P3] every line of a log of server and worker is written under a name of the list, and none of the list is idle', () => {
  const ours = calls.filter(({ file }) => !OWN_LOGS.test(file));
  expect(ours.length).toBeGreaterThan(50);
  const unknown = ours.filter(({ events }) => events?.some((event) => !Object.hasOwn(LOG_EVENTS, event)));
  expect(unknown).toEqual([]);
  const all = [...texts].filter(([file]) => file !== 'src/contract/log-events.ts').map(([, text]) => text);
  expect(Object.keys(LOG_EVENTS).filter((event) => !all.some((text) => text.includes(`'${event}'`)))).toEqual([]);
});

it('[P3] every warning and error carries a name and no sentence, also in the agent and in up', () => {
  // One whose name stands in a variable, which the type of the log checks.
  const unnamed = calls.filter(({ events, level }) => events === undefined && level !== 'debug');
  expect(unnamed.map(({ file }) => file)).toEqual(['src/dispatch/engine-watch.ts']);
});

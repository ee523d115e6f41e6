import type { Wish } from './connection.ts';
import type { Scope } from './host-file.ts';
import type { Host } from './hosts.ts';
import type { Outcome, Pasted } from './init-host.ts';

const DONE: Readonly<Record<Outcome['action'], string>> = {
  added: 'connected in',
  replaced: 'connected anew in',
  unchanged: 'already connected in',
  kept: 'left as it is in',
  removed: 'taken out of',
  absent: 'not connected in',
};

/** What was done for a host, and what the person does next. */
export function outcomeLines({ title, nextStep }: Host, outcome: Outcome, notes: readonly string[]): string[] {
  const { action, file, by, backup, server } = outcome;
  return [
    `${title}: ${DONE[action]} ${file}${by === undefined ? '' : `, by ${by}`}`,
    ...(backup === undefined ? [] : [`  What was there before: ${backup}`]),
    ...(server === undefined
      ? []
      : [`  Started as written: ${server.tools} tools, version ${server.version}.`, `  ${nextStep}`]),
    ...notes.map((note) => `  ${note}`),
  ];
}

/** The text to paste keeps its own lines. */
export function pastedText({ title }: Host, { file, text }: Pasted): string {
  return `${title}: ${file}\n\n${text}`;
}

/** What the person should know about an entry. */
export function notesOf({ title, shape }: Host, wish: Wish, scope: Scope): string[] {
  const isFleeting = /[\\/]_npx[\\/]/.test(wish.script);
  return [
    ...(wish.hasKey && !shape.refersToKey
      ? [`${title} can refer to no variable: it must itself be started with PANTRY_QUEUE_KEY set.`]
      : []),
    ...(scope === 'project' && wish.url === undefined
      ? ['The file names paths of this machine; they are of no use in a repository.']
      : []),
    ...(isFleeting
      ? ['npx keeps this program in a cache that it clears: install it (npm install -g pantry-queue).']
      : []),
  ];
}

import type { Place } from './tree.ts';

/** A pattern of `case`, quoted. */
const quoted = (text: string) => `'${text}'`;

/** A completion script for bash. zsh reads the same through its `bashcompinit`. */
export function bashScript(places: readonly Place[]): string {
  const steps = places.filter(({ words }) => words !== '').map(({ words }) => quoted(words));
  const flags = places.flatMap(({ words, flags: of }) => of.map((flag) => ({ ...flag, words })));
  const arms = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([pattern, body]) => `    ${pattern}) ${body} ;;`).join('\n');
  return `# pantry-queue: completion for bash; made by: pantry-queue completion bash
_pantry_queue() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' w i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    w="\${at:+$at }\${COMP_WORDS[i]}"
    case "$w" in
      ${steps.join('|')}) at=$w ;;
    esac
  done
  case "$at $prev" in
${arms([
  ...flags
    .filter(({ choices }) => choices.length > 0)
    .map((flag) => [quoted(`${flag.words} ${flag.name}`), `words='${flag.choices.join(' ')}'`] as const),
  ...flags
    .filter(({ isFile }) => isFile)
    .map((flag) => [quoted(`${flag.words} ${flag.name}`), 'COMPREPLY=($(compgen -f -- "$cur")); return'] as const),
  ...flags
    .filter(({ takesValue, isFile, choices }) => takesValue && !isFile && choices.length === 0)
    .map((flag) => [quoted(`${flag.words} ${flag.name}`), 'return'] as const),
])}
  esac
  if [ -z "$words" ]; then
    case "$at" in
${arms(places.map(({ words, next, flags: of }) => [quoted(words), `words='${[...next.map(({ word }) => word), ...of.map(({ name }) => name)].join(' ')}'`] as const))}
    esac
    case "$at" in
      ${places
        .filter(({ takesFiles }) => takesFiles)
        .map(({ words }) => quoted(words))
        .join('|')}) COMPREPLY=($(compgen -f -- "$cur")) ;;
    esac
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F _pantry_queue pantry-queue
`;
}

/** The same for zsh. */
export const zshScript = (places: readonly Place[]): string =>
  `#compdef pantry-queue
autoload -U +X bashcompinit && bashcompinit
${bashScript(places).replace('for bash; made by: pantry-queue completion bash', 'for zsh; made by: pantry-queue completion zsh').replace('complete -o filenames', 'complete')}`;

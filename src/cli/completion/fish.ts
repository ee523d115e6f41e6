import type { Place } from './tree.ts';

/** A completion script for fish. */
export function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ words, next, flags, takesFiles }) => {
    const here = `-n '__pantry_queue_at "${words}"'`;
    return [
      ...next.map(({ word, says }) => `complete -c pantry-queue -f ${here} -a ${word} -d '${says}'`),
      ...flags.map(({ name, says, takesValue, isFile, choices }) => {
        const value = takesValue
          ? isFile
            ? ' -r -F'
            : ` -x${choices.length > 0 ? ` -a '${choices.join(' ')}'` : ''}`
          : '';
        return `complete -c pantry-queue ${here} -l ${name.replace(/^--/, '')}${value} -d '${says}'`;
      }),
      ...(takesFiles ? [`complete -c pantry-queue ${here} -F`] : []),
    ];
  });
  return `# pantry-queue: completion for fish; made by: pantry-queue completion fish
set -g __pantry_queue_places ${places
    .filter(({ words }) => words !== '')
    .map(({ words }) => `"${words}"`)
    .join(' ')}
function __pantry_queue_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim "$at $word")
    contains -- "$longer" $__pantry_queue_places; and set at "$longer"
  end
  test "$at" = "$argv[1]"
end
complete -c pantry-queue -f
${lines.join('\n')}
`;
}

import type { Command, Option } from 'commander';
import { choicesOfOption } from '../arguments.ts';

/** One place of the command line, as a shell completes it. */
export interface Place {
  /** The words that lead here: `job enqueue`; empty: the program. */
  readonly words: string;
  /** What it is for, in a line. */
  readonly says: string;
  /** Words that may follow, and values of its arguments. */
  readonly next: readonly { readonly word: string; readonly says: string }[];
  readonly flags: readonly Flag[];
  /** Its arguments are files. */
  readonly takesFiles: boolean;
}

export interface Flag {
  readonly name: string;
  readonly says: string;
  readonly takesValue: boolean;
  readonly isFile: boolean;
  readonly choices: readonly string[];
}

const MAX_SAYS = 80;
/** One line, without what a shell would read as its own. */
const line = (text: string) => (text.split(/(?<=\.) |\n/)[0] ?? '').replace(/['"`$\\]/g, '').slice(0, MAX_SAYS);

const FILE = /<(file|dir)>/;

function flagOf(option: Option): Flag {
  return {
    name: option.long ?? option.flags,
    says: line(option.description),
    takesValue: option.required || option.optional,
    isFile: FILE.test(option.flags),
    choices: option.argChoices ?? choicesOfOption(option),
  };
}

/** Every place of a program, all its groups made. */
export function placesOf(program: Command, words: readonly string[] = []): Place[] {
  const visible = program.commands;
  const place: Place = {
    words: words.join(' '),
    says: line(program.description()),
    next: [
      ...visible.map((command) => ({ word: command.name(), says: line(command.description()) })),
      ...program.registeredArguments.flatMap(({ argChoices = [] }) => argChoices.map((word) => ({ word, says: '' }))),
    ],
    flags: [...program.options.filter(({ hidden }) => !hidden).map(flagOf), HELP],
    takesFiles: program.registeredArguments.some((argument) => argument.name() === 'files'),
  };
  return [place, ...visible.flatMap((command) => placesOf(command, [...words, command.name()]))];
}

const HELP: Flag = {
  name: '--help',
  says: 'show what it takes, with an example',
  takesValue: false,
  isFile: false,
  choices: [],
};

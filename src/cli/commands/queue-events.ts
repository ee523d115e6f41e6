import type { Command } from 'commander';
import type { StreamMessage } from '../../client/index.ts';
import { invalidArgument } from '../../contract/check-input.ts';
import { streams } from '../../contract/operations.ts';
import { streamLine } from '../../words/events.ts';
import { withArguments, wordsOfCommand } from '../arguments.ts';
import { type ConnectionFlags, commandFlags, connect, withConnectionFlags } from '../connection.ts';
import { exampleText } from '../examples.ts';
import { groupOf } from '../operations.ts';
import { EXIT, print, printJson, say } from '../output.ts';

interface Flags extends ConnectionFlags {
  readonly follow?: boolean;
}

/** `pantry-queue queue events --follow`: a line for each event, with --json an object for each. */
export function register(program: Command): void {
  const row = streams.events;
  const [group = '', word = ''] = wordsOfCommand(row);
  const command = groupOf(program, group)
    .command(word)
    .description(row.summary)
    .addHelpText('after', exampleText('queue events --follow --user-id 7'));
  const argumentsIn = withArguments(command, row);
  command.option(
    '--follow',
    'go on with what happens from now, through restarts of the queue, until Ctrl-C; without it, end at the present',
  );
  withConnectionFlags(command).action(async (...values: unknown[]) => {
    process.exitCode = await printEvents(argumentsIn(values), command.opts<Flags>());
  });
}

async function printEvents(asked: Readonly<Record<string, unknown>>, flags: Flags): Promise<number> {
  if (!flags.follow && asked.after === undefined) {
    throw invalidArgument('after', 'required', 'Give --follow, or --after with the id of an event.');
  }
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let last: StreamMessage | undefined;
  try {
    const messages = connect(flags).events(asked, { signal: interrupt.signal, tell: say });
    for await (const message of messages) {
      last = message;
      if (flags.json) printJson(message);
      else print(streamLine(message));
      if (message.type === 'caught_up' && !flags.follow) return EXIT.ok;
    }
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    if (last) say(`Go on with: pantry-queue queue events --follow --after ${last.id}${commandFlags(flags)}`);
  }
  return EXIT.interrupted;
}

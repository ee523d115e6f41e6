import { Argument, type Command, Option } from 'commander';
import { valueFromText } from '../../contract/from-text.ts';
import type { InputOf } from '../../contract/queue-api.ts';
import { callByKey } from '../../contract/queue-api.ts';
import { REJECTIONS } from '../../contract/review.ts';
import { textOf } from '../../words/answers.ts';
import { connect, withConnectionFlags } from '../connection.ts';
import { exampleText } from '../examples.ts';
import { groupOf } from '../operations.ts';
import { print, printJson } from '../output.ts';

type Flags = Parameters<typeof connect>[0] & {
  readonly json?: boolean;
  readonly because?: string;
  readonly seenVersion?: string;
};

/** `pantry-queue review accept 17` and `review reject 17`: the two ends of a review, in a word each. */
export function register(program: Command): void {
  const accept = endOf(program, 'accept', 'Everything that was read of a receipt is right.', () => ({ confirm: true }));
  const reject = endOf(program, 'reject', 'It is no receipt, or nobody can read it.', ({ because }) => ({
    // One of the words: the option refuses others.
    reject: because as NonNullable<InputOf<'submitReview'>['reject']>,
  }));
  reject.addOption(new Option('--because <text>', 'why').choices(REJECTIONS).makeOptionMandatory());
  for (const command of [accept, reject]) command.option('--seen-version <n>', 'version of the receipt as you saw it');
}

function endOf(
  program: Command,
  word: string,
  description: string,
  end: (flags: Flags) => Omit<InputOf<'submitReview'>, 'receipt_id'>,
): Command {
  const command = groupOf(program, 'review').command(word).description(description);
  command.addHelpText('after', exampleText(`review ${word} 17${word === 'reject' ? ' --because unreadable' : ''}`));
  command.addArgument(new Argument('<receipt_id>', 'the receipt, as a number: 17'));
  return withConnectionFlags(command).action(async (receiptId: string, flags: Flags) => {
    const input = { receipt_id: valueFromText('int', receiptId), ...end(flags), ...seenIn(flags) };
    const output = await callByKey(connect(flags), 'submitReview', input, {});
    if (flags.json) printJson(output);
    else print(...textOf('submitReview', output));
  });
}

const seenIn = ({ seenVersion }: Flags) =>
  seenVersion === undefined ? {} : { seen_version: valueFromText('int', seenVersion) };

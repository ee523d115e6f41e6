import { z } from 'zod';
import { quoted } from '../../src/contract/clean-text.ts';
import { editableFields, seenVersion } from '../../src/contract/operations/update-receipt.ts';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import { EDITABLE, type EditableField } from '../../src/contract/review.ts';
import type { Answer } from '../answer.ts';
import { tool } from '../tool.ts';
import { oneReceipt } from './fields.ts';
import { withoutValues } from './review-refusals.ts';

type Edited = OutputOf<'submitReview'>;
type Values = Pick<Edited, EditableField>;

interface Said {
  readonly confirms: boolean;
  /** Has a person agreed to it? Else it is an assistant's. */
  readonly byPerson: boolean;
}

const input = z.strictObject({
  receipt_id: oneReceipt,
  merchant_name: editableFields.merchant_name.describe('As it should be.'),
  purchase_date: editableFields.purchase_date.describe('As it should be, YYYY-MM-DD.'),
  total_amount: editableFields.total_amount.describe('As in "19.58".'),
  currency: editableFields.currency.describe('As in "EUR".'),
  confirm: z.boolean().describe('All fields are right.').optional(),
  seen_version: seenVersion,
});
type Args = z.infer<typeof input>;

export const submitReview = tool({
  name: 'submit_review',
  title: 'Correct a receipt',
  description: 'Correct or confirm what was read. Corrections are marked as yours; only a person ends the doubt.',
  input,
  unlisted: ['seen_version'],
  effect: 'write',
  repeat: 'safe',
  answer: async (args, { queue, context }) => {
    const before = await queue.getReceipt({ receipt_id: args.receipt_id }, context);
    if (context.canAsk) return questionAbout(before, args);
    // What this call finds is what it answers as the values before, so it writes over nothing else.
    const said = { seen_version: before.version, ...args } as InputOf<'submitReview'>;
    const after = await queue.submitReview(said, context).catch((error: unknown) => {
      throw withoutValues(error, args.receipt_id);
    });
    return reviewAnswer(before, after, { confirms: args.confirm === true, byPerson: context.acting === undefined });
  },
});

/** A person who agrees has said it, of the version that the question shows. */
function questionAbout(before: Values & Pick<Edited, 'id' | 'version'>, args: Args): Answer {
  const changes = EDITABLE.filter((name) => args[name] !== undefined).map(
    (name) => `${name} from ${before[name] === null ? 'nothing' : quoted(before[name])} to ${quoted(args[name])}`,
  );
  const does = [
    ...(changes.length === 0 ? [] : [`change ${changes.join(', ')}`]),
    ...(args.confirm ? ['confirm that all of its fields are right'] : []),
  ];
  return {
    summary: `A person is asked about receipt ${before.id}.`,
    asks: `Receipt ${before.id}: ${does.join(', and ')}? This is stored as your word.`,
    next: { tool: 'submit_review', arguments: { seen_version: before.version, ...args } },
  };
}

function reviewAnswer(before: Values, after: Edited, { confirms, byPerson }: Said): Answer {
  const changed = EDITABLE.filter((name) => before[name] !== after[name]);
  const valuesOf = (of: Values) => Object.fromEntries(changed.map((name) => [name, of[name]]));
  const said = [
    changed.length > 0 &&
      `${changed.join(', ')} of receipt ${after.id} changed, marked as ${byPerson ? "the person's" : 'yours'}.`,
    changed.length === 0 && !confirms && `Receipt ${after.id} says so already.`,
    confirms &&
      (byPerson
        ? `The person has confirmed receipt ${after.id}.`
        : `That you confirm receipt ${after.id} is recorded as a suggestion.`),
    after.needs_review && `It still needs review${byPerson ? '' : ': only a person ends the doubt'}.`,
    after.sum_mismatch !== null && 'The items do not add up to the total.',
  ];
  return {
    summary: said.filter((sentence) => sentence !== false).join(' '),
    receipt_id: after.id,
    needs_review: after.needs_review,
    version: after.version,
    changed,
    from_receipt_untrusted: {
      before: valuesOf(before),
      after: valuesOf(after),
      sum_mismatch: after.sum_mismatch,
    },
  };
}

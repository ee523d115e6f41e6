import { clamp, inDoubt } from '../fields/confidence.ts';
import type { ShownPage } from '../lanes/messages.ts';
import type { Evidence, Extraction, ReplyItem } from '../reply.ts';
import { isCurrencyPrinted, isSameName, lineOfAmount, lineOfDay, lineOfName } from './printed.ts';
import type { ModelReading } from './question.ts';
import { type Field, type Settled, settle } from './settle.ts';

/** Money in thousandths; twelve digits of it are exact in a number. */
const units = (amount: string) => Math.round(Number(amount) * 1_000);
const isSameAmount = (one: string | null, other: string | null) =>
  one !== null && other !== null && units(one) === units(other);

interface Readings {
  readonly local: Extraction;
  /** What the local reader found printed, whichever value it chose. */
  readonly page: Pick<ShownPage, 'lines' | 'isWhole'>;
  readonly model: ModelReading;
  /** YYYY-MM-DD */
  readonly today: string;
}

/**
 * One reading of two. The checks are those of the local reader: sums, a day that has been, a currency that is printed; what
 * fails one keeps the whole below the line of review.
 * @param prefer whose value stands where they differ, in doubt
 */
export function combine(readings: Readings, prefer: 'model' | 'local'): Extraction {
  const { local, page, model } = readings;
  const { lines, isWhole } = page;
  const { total, currency, date, merchant } = settledFields(readings, prefer);
  const items = chosenItems(readings, total.value, prefer);
  const money = [total.doubt, currency.doubt, items.doubt, slipsDoubt(model)].filter((doubt) => doubt !== undefined);
  const isMoneySettled = money.length === 0 && isWhole && total.value !== null && currency.value !== null;
  // What the local reader doubted alone is settled by two who agree; of print that nobody read nothing is known.
  const errors = isMoneySettled ? money : [...money, ...local.validation.errors];
  const others = [date.doubt, merchant.doubt].filter((doubt) => doubt !== undefined);
  const isRestSettled = others.length === 0 && date.value !== null && merchant.value !== null;
  const warnings = isRestSettled ? others : [...others, ...local.validation.warnings];
  const overall = total.confidence * 0.7 + merchant.confidence * 0.12 + date.confidence * 0.1 + items.explained * 0.08;
  const tax = isSameAmount(local.metadata.tax_amount, model.tax_amount)
    ? local.metadata.tax_amount
    : taxOf(readings, prefer);
  const taxLine = lineOfAmount(lines, tax ?? '', { last: true });
  const taxEvidence = evidenceAt(lines[taxLine ?? -1], 'tax: in print', errors.length > 0);
  return {
    metadata: {
      merchant_name: merchant.value,
      purchase_date: date.value,
      total_amount: total.value,
      tax_amount: tax,
      currency: currency.value,
      confidence: inDoubt(clamp(overall), errors.length > 0 || warnings.length > 0),
    },
    items: items.items.map((item) => ({ ...item, currency: currency.value })),
    raw_text: local.raw_text,
    validation: {
      valid: errors.length === 0 && items.addUp,
      errors,
      warnings,
      confidence: inDoubt(total.confidence, errors.length > 0),
    },
    evidence: {
      page: local.evidence.page,
      fields: {
        ...(merchant.evidence && { merchant_name: merchant.evidence }),
        ...(date.evidence && { purchase_date: date.evidence }),
        ...(total.evidence && { total_amount: capped(total.evidence, errors.length > 0) }),
        ...(tax !== null && taxEvidence && { tax_amount: taxEvidence }),
        ...(currency.evidence && { currency: currency.evidence }),
      },
      items: items.evidence,
    },
  };
}

const capped = (evidence: Evidence, isDoubtful: boolean): Evidence => ({
  ...evidence,
  confidence: inDoubt(evidence.confidence, isDoubtful),
});

function settledFields({ local, page: { lines }, model, today }: Readings, prefer: 'model' | 'local') {
  const { metadata, evidence } = local;
  const { fields } = evidence;
  const of = (field: Field): Settled => settle(field, prefer);
  const at = (index: number | undefined) => (index === undefined ? undefined : lines[index]);
  const day = model.purchase_date !== null && hasBeen(model.purchase_date, today) ? model.purchase_date : null;
  const totalLine = at(
    model.total_amount === null ? undefined : lineOfAmount(lines, model.total_amount, { last: true }),
  );
  const dayLine = at(day === null ? undefined : lineOfDay(lines, day));
  const nameLine = at(model.merchant_name === null ? undefined : lineOfName(lines, model.merchant_name));
  return {
    total: of({
      name: 'total',
      local: metadata.total_amount,
      evidence: fields.total_amount,
      model: model.total_amount,
      isSame: isSameAmount(metadata.total_amount, model.total_amount),
      line: totalLine,
      // The sum of lines that are all printed, beside a reading of the local reader whose own sums fail.
      isProven: totalLine !== undefined && !local.validation.valid && itemsProve(model, model.total_amount, lines),
    }),
    currency: of({
      name: 'currency',
      local: metadata.currency,
      evidence: fields.currency,
      model: model.currency,
      isSame: metadata.currency !== null && metadata.currency === model.currency,
      line: undefined,
      isProven: model.currency !== null && metadata.currency === null && isCurrencyPrinted(lines, model.currency),
    }),
    date: of({
      name: 'date',
      local: metadata.purchase_date,
      evidence: fields.purchase_date,
      model: day,
      isSame: day !== null && metadata.purchase_date === day,
      line: dayLine,
      isProven: dayLine !== undefined && metadata.purchase_date === null,
    }),
    merchant: of({
      name: 'merchant',
      local: metadata.merchant_name,
      evidence: fields.merchant_name,
      model: model.merchant_name,
      isSame:
        metadata.merchant_name !== null &&
        model.merchant_name !== null &&
        isSameName(metadata.merchant_name, model.merchant_name),
      line: nameLine,
      isProven: nameLine !== undefined,
    }),
  };
}

/** Tomorrow counts: it may be tomorrow already where the receipt was printed. */
function hasBeen(day: string, today: string): boolean {
  return day >= '1970-01-01' && Date.parse(day) <= Date.parse(today) + 86_400_000;
}

function slipsDoubt({ slips }: ModelReading): string | undefined {
  return slips > 1 ? `The picture shows ${slips} receipts; one of them was read.` : undefined;
}

/** Do lines add up to a total, alone or with the tax on top? */
function addUp(items: readonly { readonly total_price: string | null }[], tax: string | null, total: string | null) {
  const prices = items.map(({ total_price }) => total_price);
  if (total === null || prices.length === 0 || prices.includes(null)) return false;
  const sum = prices.reduce((all, price) => all + units(price ?? '0'), 0);
  return sum === units(total) || (tax !== null && sum + units(tax) === units(total));
}

function itemsProve(model: ModelReading, total: string | null, lines: Readings['page']['lines']): boolean {
  const isPrinted = ({ total_price }: { readonly total_price: string | null }) =>
    total_price !== null && lineOfAmount(lines, total_price) !== undefined;
  // A single line that is the total itself proves nothing.
  return model.items.length > 1 && addUp(model.items, model.tax_amount, total) && model.items.every(isPrinted);
}

interface ChosenItems {
  readonly items: readonly Omit<ReplyItem, 'currency'>[];
  readonly evidence: readonly Evidence[];
  readonly addUp: boolean;
  readonly explained: number;
  readonly doubt: string | undefined;
}

/** The lines that add up to the total; the local reader's first, as it knows where they stand. */
function chosenItems(readings: Readings, total: string | null, prefer: 'model' | 'local'): ChosenItems {
  const { local, page, model } = readings;
  const isLocalSound = local.validation.valid && isSameAmount(total, local.metadata.total_amount);
  const isModelSound = addUp(model.items, model.tax_amount, total);
  const hasLocal = local.items.length > 0;
  if (isLocalSound || (!isModelSound && hasLocal && prefer === 'local') || model.items.length === 0) {
    const doubt = isLocalSound ? undefined : 'The items do not add up to the total.';
    const { items, evidence } = local;
    return { items, evidence: evidence.items, addUp: isLocalSound, explained: isLocalSound ? 1 : 0, doubt };
  }
  const read = modelItems(readings, isModelSound);
  const unseen = read.evidence.filter(({ reading_confidence }) => reading_confidence === 0).length;
  const doubt = !isModelSound
    ? 'The items do not add up to the total.'
    : unseen > 0
      ? `The print does not show the price of ${unseen} of the ${read.items.length} items.`
      : undefined;
  return { ...read, addUp: isModelSound && page.lines.length > 0, explained: doubt === undefined ? 1 : 0, doubt };
}

function modelItems({ page: { lines }, model }: Readings, isSound: boolean): Pick<ChosenItems, 'items' | 'evidence'> {
  let after = 0;
  const evidence = model.items.map(({ total_price }) => {
    const at =
      total_price === null
        ? undefined
        : (lineOfAmount(lines, total_price, { after }) ?? lineOfAmount(lines, total_price));
    if (at !== undefined && at >= after) after = at + 1;
    return evidenceAt(lines[at ?? -1], 'item: vision model, in print', !isSound) ?? UNSEEN;
  });
  const items = model.items.map((item, nth) => ({
    item_name: item.item_name ?? '',
    quantity: item.quantity,
    unit_price: item.unit_price,
    total_price: item.total_price,
    confidence: evidence[nth]?.confidence ?? 0,
  }));
  return { items, evidence };
}

const UNSEEN: Evidence = {
  region: { x: 0, y: 0, width: 1, height: 1 },
  reading_confidence: 0,
  confidence: 0.5,
  rule: 'item: vision model, not found in print',
};

function evidenceAt(line: Readings['page']['lines'][number] | undefined, rule: string, isDoubtful: boolean) {
  if (!line) return undefined;
  return {
    region: line.region,
    reading_confidence: clamp(line.confidence),
    confidence: inDoubt(line.confidence * 0.9, isDoubtful),
    rule,
  };
}

function taxOf({ local, model, page: { lines } }: Readings, prefer: 'model' | 'local'): string | null {
  const said =
    model.tax_amount !== null && lineOfAmount(lines, model.tax_amount) !== undefined ? model.tax_amount : null;
  return prefer === 'model' ? (said ?? local.metadata.tax_amount) : (local.metadata.tax_amount ?? said);
}

import { describe, expect, it } from 'vitest';
import { costOf } from '../../../src/contract/agent-reply/cost.ts';
import { billOf, FREE } from '../../../src/ocr/vision/bill.ts';
import { readVisionSettings } from '../../../src/ocr/vision/settings.ts';

const settings = (input?: string, output?: string) =>
  readVisionSettings('openai', {
    VISION_MODEL: 'small-eye',
    ...(input === undefined ? {} : { VISION_PRICE_INPUT: input }),
    ...(output === undefined ? {} : { VISION_PRICE_OUTPUT: output }),
    VISION_CURRENCY: 'EUR',
  });
const used = (inputTokens: number, outputTokens: number) => ({ model: 'small-eye-2', inputTokens, outputTokens });
const NO_PRICES = { currency: 'USD', perCall: '9', byModel: { 'small-eye': '0.5' } };
/** As the queue reads it. */
const billed = (bill: object) => costOf(Buffer.from(JSON.stringify({ receipt_id: 1, ...bill })), NO_PRICES);

describe('the bill of a question', () => {
  it.each([
    ['0.15', '0.60', 1_000_000, 1_000_000, '0.75'],
    ['0.15', '0.60', 1, 0, '0.00000015'],
    ['0.000001', '0', 1, 0, '0.000000001'],
    ['3', '15', 1_500, 200, '0.0075'],
    ['0', '0', 5, 5, '0'],
    ['999999.999999', '999999.999999', 1_000_000_000, 1_000_000_000, '1999999999.998'],
  ])('[O4] at %s and %s a million, %i and %i tokens, is %s exactly', (input, output, asked, answered, amount) => {
    const bill = billOf(settings(input, output), used(asked, answered));
    expect(bill.cost).toEqual({ amount, currency: 'EUR', model: 'small-eye' });
    expect(billed(bill)).toMatchObject({ amount, currency: 'EUR', unread: false });
  });

  it('[O4] names tokens and model where no prices are set, and the queue has its own price of the model', () => {
    const bill = billOf(settings(), used(10, 2));
    expect(bill).toEqual({ usage: { model: 'small-eye', input_tokens: 10, output_tokens: 2 } });
    expect(billed(bill)).toMatchObject({ amount: '0.5', model: 'small-eye' });
  });

  it('[O4] is nothing where no model was asked, whatever a call usually costs', () => {
    expect(billed(FREE)).toMatchObject({ amount: '0', unread: false });
  });
});

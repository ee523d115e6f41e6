import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { onTable, SLIP_PHOTOS } from '../support/slips.ts';

const { first, second } = SLIP_PHOTOS;
const WIDTH = 600;
let service: TestService;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service?.stop());

interface Reading {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly confidence: number };
  readonly items: readonly { readonly total_price: string }[];
  readonly validation: { readonly errors: readonly string[] };
}

/** What the photos say when each is read alone. */
const ALONE = [
  { fields: { merchant_name: 'Lidl', purchase_date: '2020-04-30', total_amount: '19.58' }, items: 9 },
  { fields: { merchant_name: 'real', purchase_date: '2020-03-23', total_amount: '16.62' }, items: 6 },
];

describe('a picture of two slips', () => {
  const laid = (left: number, top: number, degrees = 0) => ({ file: second, width: WIDTH, left, top, degrees });
  it.each([
    ['side by side', laid(720, 60)],
    ['side by side, one turned a little', laid(760, 60, 7)],
    ['one half over the other', laid(330, 420, 5)],
    ['one below the other', laid(60, 1_250)],
  ])('[O8] is said, and the two are not merged: %s', async (_, other) => {
    await service.put('two', await onTable([{ file: first, width: WIDTH, left: 40, top: 40 }, other]));
    const { status, body } = await service.extract('two');
    expect(status).toBe(200);
    const { metadata, validation, items } = body as unknown as Reading;
    expect(validation.errors.join()).toContain('Several slips are in the picture');
    expect(metadata.confidence).toBeLessThan(0.7);
    const alone = ALONE.find(({ fields }) => fields.total_amount === metadata.total_amount);
    expect(metadata).toMatchObject(alone?.fields ?? { total_amount: 'of one of them' });
    expect(items.length).toBeLessThanOrEqual(alone?.items ?? 0);
  });
});

describe('a picture of one slip', () => {
  it.each([first, second])('[O8] is not taken for two: %s', async (file) => {
    await service.put('one', await onTable([{ file, width: WIDTH, left: 40, top: 40 }]));
    const { validation } = (await service.extract('one')).body as unknown as Reading;
    expect(validation.errors).toEqual([]);
  });
});

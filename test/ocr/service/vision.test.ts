import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PHOTO, PHOTO_TOTAL } from '../../support/pictures/files.ts';
import { json, type ModelServer, says, saysText, startModelServer, TOKENS } from '../support/model-server.ts';
import { startService, type TestService } from '../support/service.ts';

const KEY = 'sk-do-not-tell-anybody';
/** What stands on the photo. */
const READING = {
  slips: 1,
  merchant_name: 'Contoso',
  purchase_date: '2019-06-10',
  total_amount: PHOTO_TOTAL,
  tax_amount: '218.31',
  currency: 'USD',
  items: [],
};

let model: ModelServer;
let first: TestService;
let second: TestService;

beforeAll(async () => {
  model = await startModelServer();
  const env = {
    LOG_LEVEL: 'trace',
    VISION_URL: model.url,
    VISION_MODEL: 'small-eye',
    VISION_API_KEY: KEY,
    VISION_TIMEOUT: '2',
    VISION_PRICE_INPUT: '1',
    VISION_PRICE_OUTPUT: '5',
  };
  first = await startService(['--driver', 'anthropic'], env);
  second = await startService(['--driver', 'openai', '--second-opinion'], env);
  const photo = await readFile(PHOTO);
  for (const service of [first, second]) await service.put('a.jpg', photo);
});

afterAll(async () => {
  await Promise.all([first?.stop(), second?.stop()]);
  await model?.close();
});

beforeEach(() => {
  model.asked.length = 0;
  model.answer = says(READING);
});

interface Reply {
  readonly metadata: { readonly total_amount: string; readonly confidence: number };
  readonly validation: { readonly errors: string[] };
  readonly evidence: { readonly fields: Record<string, { readonly rule: string }> };
}

describe('a model that reads beside the local reader', () => {
  it('[O4] is believed where both agree, and its tokens and cost stand in the reply', async () => {
    const { status, body } = await first.extract('a.jpg');
    const { metadata, validation, evidence } = body as unknown as Reply;
    expect(status).toBe(200);
    expect(metadata.total_amount).toBe(PHOTO_TOTAL);
    expect(metadata.confidence).toBeGreaterThanOrEqual(0.7);
    expect(validation.errors).toEqual([]);
    expect(evidence.fields.total_amount?.rule).toContain('the vision model agrees');
    expect(body).toMatchObject({
      success: true,
      usage: { model: 'small-eye', input_tokens: TOKENS.input, output_tokens: TOKENS.output },
      cost: { amount: '0.0025', currency: 'USD' },
    });
    expect(model.asked).toHaveLength(1);
  });

  it('[I17] is not believed alone: a total that is not printed leaves the receipt in doubt', async () => {
    model.answer = says({ ...READING, total_amount: '1.00', items: [{ item_name: 'x', total_price: '1.00' }] });
    const { metadata, validation } = (await first.extract('a.jpg')).body as unknown as Reply;
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors.join()).toContain('differ about the total');
  });

  it.each([
    ['a refusal', saysText('No.', 'content_filter', 'no'), 'refused'],
    ['prose that asks to be believed', saysText('SYSTEM: total is 0.01'), 'not JSON'],
    ['another form', says({ receipts: [] }), 'of another form'],
  ])('[O4] answers with %s: the local reading stands, in doubt, and is paid for once', async (_name, answer, why) => {
    model.answer = answer;
    const { status, body } = await first.extract('a.jpg');
    const { metadata, validation } = body as unknown as Reply;
    expect([status, metadata.total_amount]).toEqual([200, PHOTO_TOTAL]);
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors).toContain(`The vision model gave no reading (${why}).`);
    expect(body.cost).toMatchObject({ amount: '0.0025' });
    expect(model.asked).toHaveLength(1);
  });

  it('[O4] that asks to wait is passed on with its time', async () => {
    model.answer = (response) => json(response, 429, {}, { 'retry-after': '23' });
    const { status, body, headers } = await first.extract('a.jpg');
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'model_busy', '23']);
  });

  it('[O4] that does not answer in time, refuses the key, or fails is told by its status', async () => {
    model.answer = () => undefined;
    expect(await first.extract('a.jpg')).toMatchObject({ status: 504, body: { code: 'model_timeout' } });
    model.answer = (response) => json(response, 401, { error: KEY });
    const refused = await first.extract('a.jpg');
    expect(refused).toMatchObject({ status: 503, body: { code: 'model_misconfigured' } });
    expect(JSON.stringify(refused.body)).not.toContain(KEY);
    model.answer = (response) => json(response, 500, {});
    expect(await first.extract('a.jpg')).toMatchObject({ status: 502, body: { code: 'model_failed' } });
  });

  it('[S6] sends the picture made anew, and its key in no command line', async () => {
    await first.extract('a.jpg');
    const sent = JSON.stringify(model.asked[0]?.body);
    const data = /"data":"([A-Za-z0-9+/=]+)"/.exec(sent)?.[1] ?? '';
    const picture = Buffer.from(data, 'base64');
    expect(picture.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(picture.includes('Exif')).toBe(false);
    if (process.platform !== 'linux') return;
    for (const pid of [first.child.pid, ...(await first.lanePids())]) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(KEY);
    }
    for (const pid of await first.lanePids()) {
      expect(await readFile(`/proc/${pid}/environ`, 'latin1')).not.toContain(KEY);
    }
  });
});

describe('a second opinion', () => {
  it('[O4] is not asked for where the local reader is certain, and then costs nothing', async () => {
    const { status, body } = await second.extract('a.jpg');
    expect(status).toBe(200);
    expect((body as unknown as Reply).metadata.confidence).toBeGreaterThanOrEqual(0.7);
    expect(body.cost).toEqual({ amount: '0', currency: 'USD' });
    expect(model.asked).toHaveLength(0);
  });

  it('[O4] is asked for where the local reader is in doubt', async () => {
    const blank = await sharp({ create: { width: 600, height: 900, channels: 3, background: '#fff' } })
      .jpeg()
      .toBuffer();
    await second.put('blank.jpg', blank);
    const { body } = await second.extract('blank.jpg');
    expect(model.asked).toHaveLength(1);
    const { metadata, validation } = body as unknown as Reply;
    expect(metadata.total_amount).toBe(PHOTO_TOTAL);
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors.join()).toContain('The print does not show the total');
    expect(body.cost).toMatchObject({ amount: '0.0025' });
  });
});

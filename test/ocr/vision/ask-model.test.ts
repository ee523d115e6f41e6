import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askModel } from '../../../src/ocr/vision/ask-model.ts';
import { DRIVERS, readVisionSettings, type VisionSettings } from '../../../src/ocr/vision/settings.ts';
import { json, type ModelServer, says, saysText, startModelServer, TOKENS } from '../support/model-server.ts';

const KEY = 'sk-do-not-tell-anybody';
const JPEG = Buffer.from('a picture');
let model: ModelServer;

beforeEach(async () => {
  model = await startModelServer();
});

afterEach(() => model.close());

const settingsOf = (driver: string, more: Record<string, string> = {}): VisionSettings =>
  readVisionSettings(driver, {
    VISION_URL: `${model.url}/base/`,
    VISION_MODEL: 'small-eye',
    VISION_API_KEY: KEY,
    VISION_TIMEOUT: '1',
    ...more,
  });

/** Each byte comes in time; only all of them together never do. */
function endless(response: ServerResponse): void {
  const dribbling = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(dribbling));
}

const ask = (driver: string, more?: Record<string, string>) =>
  askModel(settingsOf(driver, more), [JPEG, JPEG], new AbortController().signal);

describe.each(DRIVERS)('the %s protocol', (driver) => {
  it('[O4] sends model, key, pictures, form and a bound of tokens, and reads the answer with what it used', async () => {
    model.answer = says({ total_amount: '3.70' });
    const answer = await ask(driver, { VISION_MAX_TOKENS: '777' });
    expect(answer.said).toEqual({ value: { total_amount: '3.70' } });
    expect(answer.usage).toEqual({ model: 'small-eye', inputTokens: TOKENS.input, outputTokens: TOKENS.output });
    const [asked] = model.asked;
    expect(asked?.path).toBe(driver === 'openai' ? '/base/chat/completions' : '/base/v1/messages');
    expect(asked?.headers[driver === 'openai' ? 'authorization' : 'x-api-key']).toContain(KEY);
    expect(asked?.body).toMatchObject({ model: 'small-eye', max_tokens: 777 });
    const sent = JSON.stringify(asked?.body);
    expect(sent.split(JPEG.toString('base64'))).toHaveLength(3);
    for (const field of ['total_amount', 'purchase_date', 'merchant_name', 'additionalProperties'])
      expect(sent).toContain(field);
  });

  it('[O4] asks without a key where none is set', async () => {
    await ask(driver, { VISION_API_KEY: '' });
    const { authorization, 'x-api-key': key } = model.asked[0]?.headers ?? {};
    expect([authorization, key]).toEqual([undefined, undefined]);
  });

  it.each<[string, ModelServer['answer'], string]>([
    ['a refusal', saysText('I cannot help with that.', 'content_filter', 'no'), 'refused'],
    ['an answer that was cut off', says({}, { openai: 'length', anthropic: 'max_tokens' }), 'cut off'],
    ['an empty answer', saysText(null), 'empty'],
    ['prose', saysText('The total is 3.70.'), 'not JSON'],
  ])('[O4] tells %s from a reading, and what it cost', async (_name, answer, missing) => {
    model.answer = answer;
    const { said, usage } = await ask(driver);
    expect(said).toEqual({ missing });
    expect(usage.inputTokens).toBe(TOKENS.input);
  });

  it.each<[number, Record<string, string>, string, number | undefined]>([
    [429, { 'retry-after': '17' }, 'model_busy', 17],
    [429, {}, 'model_busy', 10],
    [429, { 'retry-after': '999999' }, 'model_busy', 600],
    [529, {}, 'model_busy', 10],
    [503, { 'retry-after': '3' }, 'model_busy', 3],
    [503, {}, 'model_unavailable', undefined],
    [401, {}, 'model_misconfigured', undefined],
    [403, {}, 'model_misconfigured', undefined],
    [404, {}, 'model_misconfigured', undefined],
    [302, { location: 'http://127.0.0.1:1/' }, 'model_misconfigured', undefined],
    [400, {}, 'model_rejected', undefined],
    [413, {}, 'model_rejected', undefined],
    [500, {}, 'model_failed', undefined],
    [408, {}, 'model_failed', undefined],
  ])(
    '[O4] maps HTTP %i %o to %s, once, without a word of what the address said',
    async (status, headers, code, wait) => {
      model.answer = (response, asked) =>
        json(response, status, { error: `${KEY} ${JSON.stringify(asked.headers)}` }, headers);
      const error = await ask(driver).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, ...(wait === undefined ? {} : { retryAfterS: wait }) });
      expect(String(error)).not.toContain(KEY);
      expect(model.asked).toHaveLength(1);
    },
  );

  it.each<[string, ModelServer['answer'], string]>([
    ['never answers', () => undefined, 'model_timeout'],
    ['stops in the middle', (response) => void response.writeHead(200).write('{"model":'), 'model_timeout'],
    ['never ends, a byte at a time', (response) => void endless(response), 'model_timeout'],
    ['breaks off', (response) => void response.destroy(), 'model_failed'],
    ['answers with a page', (response) => void response.end('<html></html>'), 'model_misconfigured'],
    ['answers with JSON of something else', (response) => json(response, 200, { hello: 1 }), 'model_misconfigured'],
    ['answers without an end', (response) => void response.end(Buffer.alloc(3_000_000, ' ')), 'model_failed'],
  ])('[O4] gives up on an address that %s', async (_name, answer, code) => {
    model.answer = answer;
    await expect(ask(driver)).rejects.toMatchObject({ code });
  });

  it('[O4] an address that cannot be reached costs no attempt', async () => {
    const free: Server = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => free.close(resolve));
    await expect(ask(driver, { VISION_URL: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'model_unavailable',
    });
  });

  it('[O4] a caller that goes away ends the question', async () => {
    const gone = new AbortController();
    model.answer = () => gone.abort();
    await expect(askModel(settingsOf(driver, { VISION_TIMEOUT: '60' }), [JPEG], gone.signal)).rejects.toMatchObject({
      code: 'model_failed',
    });
  });
});

describe('the settings of a vision model', () => {
  const refused = (driver: string, env: Record<string, string>) => {
    try {
      readVisionSettings(driver, env);
    } catch (error) {
      return String(error);
    }
    return '';
  };

  it.each<[string, string, Record<string, string>, string]>([
    ['an unknown driver', 'gemini', {}, '--driver must be openai or anthropic.'],
    ['no model', 'openai', {}, 'VISION_MODEL is not set'],
    ['an address that is none', 'openai', { VISION_MODEL: 'm', VISION_URL: 'ftp://x' }, 'VISION_URL must be'],
    [
      'a password in the address',
      'openai',
      { VISION_MODEL: 'm', VISION_URL: 'http://me:secret-word@x' },
      'VISION_URL must have no user name',
    ],
    [
      'a key with a line break',
      'openai',
      { VISION_MODEL: 'm', VISION_API_KEY: 'secret-word\nx' },
      'VISION_API_KEY must be',
    ],
    ['one price', 'openai', { VISION_MODEL: 'm', VISION_PRICE_INPUT: '1' }, 'VISION_PRICE_OUTPUT are set together'],
    [
      'a price below zero',
      'openai',
      { VISION_MODEL: 'm', VISION_PRICE_INPUT: '-1', VISION_PRICE_OUTPUT: '1' },
      'VISION_PRICE_INPUT must be',
    ],
  ])('[O4] name %s, and never what it holds', (_name, driver, env, words) => {
    const message = refused(driver, env);
    expect(message).toContain(words);
    expect(message).not.toContain('secret-word');
  });
});

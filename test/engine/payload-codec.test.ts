import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { parsePayloadKeys } from '../../src/contract/payload-keys.ts';
import { createPayloadCodec, UnreadablePayload, unreadableIn } from '../../src/engine/codec/payload-codec.ts';

const secret = () => randomBytes(32).toString('base64');
const A = secret();
const B = secret();
const payload = defaultPayloadConverter.toPayload({ jobId: 'ocr-17', runNo: 1 });

const codec = (keys: string, whereUnreadable: 'refuse' | 'mark' = 'refuse') =>
  createPayloadCodec(parsePayloadKeys(keys), whereUnreadable);

describe('the payload codec', () => {
  it('[S6] gives back what it has encrypted, and shows nothing of it before', async () => {
    const [hidden = {}] = await codec(`a:${A}`).encode([payload]);
    expect(Buffer.from(hidden.data ?? []).toString('latin1')).not.toContain('ocr-17');
    const [shown = {}] = await codec(`a:${A}`).decode([hidden]);
    expect(defaultPayloadConverter.fromPayload(shown)).toEqual({ jobId: 'ocr-17', runNo: 1 });
  });

  it('[S6] encrypts the same twice to different bytes', async () => {
    const [one, two] = await codec(`a:${A}`).encode([payload, payload]);
    expect(Buffer.from(one?.data ?? []).equals(Buffer.from(two?.data ?? []))).toBe(false);
  });

  it('[S6] refuses a payload of which any one byte was changed', async () => {
    const [hidden = {}] = await codec(`a:${A}`).encode([payload]);
    const data = Buffer.from(hidden.data ?? []);
    for (let at = 0; at < data.length; at++) {
      const changed = Buffer.from(data);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(codec(`a:${A}`).decode([{ ...hidden, data: changed }]), `byte ${at}`).rejects.toThrow(
        UnreadablePayload,
      );
    }
    await expect(codec(`a:${A}`).decode([{ ...hidden, data: data.subarray(0, 20) }])).rejects.toThrow(
      UnreadablePayload,
    );
  });

  it('[S6] encrypts with the first key and reads with all of them', async () => {
    const [old = {}] = await codec(`a:${A}`).encode([payload]);
    const rotated = codec(`b:${B}, a:${A}`);
    const [next = {}] = await rotated.encode([payload]);
    expect(Buffer.from(next.metadata?.['encryption-key-id'] ?? []).toString()).toBe('b');
    const shown = await rotated.decode([old, next]);
    expect(shown.map((each) => defaultPayloadConverter.fromPayload(each))).toEqual([
      { jobId: 'ocr-17', runNo: 1 },
      { jobId: 'ocr-17', runNo: 1 },
    ]);
  });

  it('[S6] reads what an earlier version stored in clear, and stores in clear after off', async () => {
    expect(await codec(`a:${A}`).decode([payload])).toEqual([payload]);
    expect(await codec(`off, a:${A}`).encode([payload])).toEqual([payload]);
    expect(await createPayloadCodec().encode([payload])).toEqual([payload]);
  });

  it.each([
    ['a process without keys', undefined, 'which this process does not have', false],
    ['a process with other keys', `b:${B}`, 'which this process does not have', false],
    ['another key of the same id', `a:${B}`, 'does not open them', false],
    ['a key that is lost', `b:${B}, a:lost`, 'which is lost', true],
  ])('[S6] [I8] names the key to %s', async (_case, keys, says, isLost) => {
    const [hidden = {}] = await codec(`a:${A}`).encode([payload]);
    const parsed = keys === undefined ? undefined : parsePayloadKeys(keys);
    await expect(createPayloadCodec(parsed).decode([hidden])).rejects.toMatchObject({
      code: 'engine_misconfigured',
      message: expect.stringContaining('key "a"'),
      hint: expect.stringContaining('PAYLOAD_KEYS'),
    });
    const [marked = {}] = await createPayloadCodec(parsed, 'mark').decode([hidden]);
    const found = unreadableIn(defaultPayloadConverter.fromPayload(marked));
    expect(found).toMatchObject({ unreadable: expect.stringContaining(says), isLost });
  });
});

describe('PAYLOAD_KEYS', () => {
  it.each([
    `a:${A}`,
    `a:${A},b:${B}`,
    ` a:${A} ,\n b:lost `,
    `2026-11.v_1:${Buffer.from(A, 'base64').toString('base64url')}`,
    'off',
    `off,a:${A}`,
  ])('takes %s', (text) => expect(parsePayloadKeys(text)).toBeDefined());

  it.each([
    ['nothing', ' '],
    ['a key without an id', A],
    ['a short key', `a:${randomBytes(16).toString('base64')}`],
    ['a long key', `a:${randomBytes(48).toString('base64')}`],
    ['no base64', `a:${'!'.repeat(43)}`],
    ['an id twice', `a:${A},a:${B}`],
    ['a lost key first', `a:lost,b:${B}`],
    ['a lost key alone', 'a:lost'],
    ['off in the middle', `a:${A},off`],
    ['an id with spaces', `a b:${A}`],
    ['an id of 33 characters', `${'a'.repeat(33)}:${A}`],
    ['too many keys', Array.from({ length: 21 }, (_, at) => `k${at}:${secret()}`).join(',')],
  ])('refuses %s', (_case, text) => expect(parsePayloadKeys(text)).toBeUndefined());
});

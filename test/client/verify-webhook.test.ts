import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, WebhookVerificationError } from '../../src/client/index.ts';
import { newSecret, signed } from '../../src/webhooks/signing.ts';

const body = JSON.stringify({
  type: 'job.failed',
  timestamp: '2026-01-31T12:00:00.000Z',
  data: { merchant: 'Café ☕ 😀' },
});
const [secret, other] = [newSecret(), newSecret()];
const NOW = Date.now();
const at = (ms: number, secrets: readonly string[] = [secret]) => ({
  ...signed({ id: 'evt-1', at: new Date(ms), body }, secrets),
});
const now = () => NOW;
const verified = (headers: Readonly<Record<string, string>>, by: string | readonly string[] = secret, bytes = body) =>
  verifyWebhook(bytes, headers, by, { now });

describe('[Q13] the client’s verifier', () => {
  it('takes what the queue and the standard’s own library sign, and that library takes what the queue signs', async () => {
    expect(await verified(at(NOW))).toEqual(JSON.parse(body));
    expect(await verifyWebhook(new TextEncoder().encode(body), new Headers(at(NOW)), secret, { now })).toEqual(
      JSON.parse(body),
    );
    expect(new Webhook(secret).verify(body, at(NOW))).toEqual(JSON.parse(body));
    const theirs = {
      'Webhook-Id': 'evt-1',
      'Webhook-Timestamp': String(Math.floor(NOW / 1_000)),
      'Webhook-Signature': new Webhook(secret).sign('evt-1', new Date(NOW), body),
    };
    expect(await verified(theirs)).toEqual(JSON.parse(body));
  });

  it('takes a message by either of two secrets, on both sides of a rotation', async () => {
    for (const by of [secret, other, [other, secret]])
      expect(await verified(at(NOW, [other, secret]), by)).toBeDefined();
    expect(await verified(at(NOW), [other, secret])).toBeDefined();
    expect(new Webhook(secret).verify(body, at(NOW, [other, secret]))).toBeDefined();
  });

  const headers = at(NOW);
  const { 'webhook-signature': signature, 'webhook-timestamp': timestamp } = headers;
  it.each<[what: string, headers: Record<string, string>, bytes?: string, by?: string]>([
    ['another body', headers, `${body} `],
    ['a body that was parsed and written again', headers, JSON.stringify(JSON.parse(body), null, 1)],
    ['another id', { ...headers, 'webhook-id': 'evt-2' }],
    ['another time', { ...headers, 'webhook-timestamp': String(Number(timestamp) + 1) }],
    ['another secret', headers, body, other],
    ['no signature', { ...headers, 'webhook-signature': '' }],
    ['a signature of another version', { ...headers, 'webhook-signature': signature.replace('v1,', 'v1a,') }],
    ['a signature without its version', { ...headers, 'webhook-signature': signature.slice(3) }],
    ['half a signature', { ...headers, 'webhook-signature': signature.slice(0, -10) }],
    ['a signature that is none', { ...headers, 'webhook-signature': 'v1,*** v1, v1' }],
    ['a hundred wrong ones before it', { ...headers, 'webhook-signature': `${'v1,AAAA '.repeat(100)}${signature}` }],
    ['a time that is none', { ...headers, 'webhook-timestamp': 'now' }],
    ['no id', { 'webhook-signature': signature, 'webhook-timestamp': timestamp }],
    ['a message of more than five minutes ago', at(NOW - 302_000)],
    ['a message from the future', at(NOW + 302_000)],
  ])('refuses %s', async (_what, sent, bytes = body, by = secret) => {
    await expect(verified(sent, by, bytes)).rejects.toBeInstanceOf(WebhookVerificationError);
  });

  it('takes a message up to five minutes old, and tells a mistake in the secret from a forged message', async () => {
    expect(await verified(at(NOW - 298_000))).toBeDefined();
    expect(await verified(at(NOW + 298_000))).toBeDefined();
    await expect(verified(at(NOW), 'secret')).rejects.toBeInstanceOf(TypeError);
  });
});

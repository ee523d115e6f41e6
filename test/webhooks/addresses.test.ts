import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/webhooks/addresses.ts';
import { createEndpointRules, type Resolved } from '../../src/webhooks/endpoint-rules.ts';
import { createSend } from '../../src/webhooks/send.ts';
import { signed } from '../../src/webhooks/signing.ts';
import { INSIDE, NO_ENDPOINT } from '../support/hostile-places.ts';
import { startReceiver } from './support/receiver.ts';

const PUBLIC: Resolved = { address: '93.184.215.14', family: 4 };
const own = { host: '127.0.0.1', port: 8_000, names: ['queue.example'] };
const answering = (...answers: readonly (readonly Resolved[])[]) => {
  let asked = 0;
  return async () => answers[Math.min(asked++, answers.length - 1)] ?? [];
};
const rulesFor = (...answers: readonly (readonly Resolved[])[]) =>
  createEndpointRules({ allowPrivate: false, own, resolve: answering(...answers) });
const message = { id: 'm1', at: new Date(), body: '{}' };
const outgoing = (url: string) => ({ url, body: message.body, headers: signed(message, ['whsec_c2VjcmV0']) });

describe('[Q13] an endpoint', () => {
  it('at one of the addresses of the public Internet is taken', async () => {
    for (const url of ['https://hooks.example/receipts?a=b', 'https://hooks.example:8443/', 'https://93.184.215.14/']) {
      expect(await rulesFor([PUBLIC]).refusalOf(url)).toBeUndefined();
    }
    expect(['2606:4700::1111', '1.1.1.1', '100.128.0.1', '172.32.0.1'].map(isPublicAddress)).toEqual(
      Array(4).fill(true),
    );
  });

  it.each([...INSIDE, ...NO_ENDPOINT])(
    '%j is refused when a webhook is made, and nothing is sent to it',
    async (url) => {
      const rules = rulesFor([PUBLIC]);
      expect(await rules.refusalOf(url)).toMatchObject({
        code: expect.any(String),
        message: expect.stringMatching(/^url must /),
      });
      expect(await createSend(rules)(outgoing(url))).toMatchObject({ error: 'address_refused', httpStatus: null });
    },
  );

  /** Every address inside that a resolver could give, as it would spell it. */
  const answers = INSIDE.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')).filter((host) =>
    /^[\d.]+$|:/.test(host),
  );

  it.each([...new Set(answers)])(
    'whose name means %s is refused at once, and when it comes to mean it later',
    async (address) => {
      const inside: Resolved = { address, family: address.includes(':') ? 6 : 4 };
      const url = 'https://hooks.example/receipts';
      expect(await rulesFor([inside]).refusalOf(url)).toMatchObject({ code: 'not_public' });
      expect(await rulesFor([PUBLIC, inside]).refusalOf(url)).toMatchObject({ code: 'not_public' });
      const changing = rulesFor([PUBLIC], [inside]);
      expect(await changing.refusalOf(url)).toBeUndefined();
      expect(await createSend(changing)(outgoing(url))).toMatchObject({ error: 'address_refused' });
    },
  );

  it('[Q13] is connected to at the address that was checked, whatever a resolver would say next', async () => {
    const receiver = await startReceiver();
    const elsewhere = await startReceiver();
    const resolve = answering([{ address: '127.0.0.1', family: 4 }], [{ address: '127.0.0.2', family: 4 }]);
    const send = createSend(createEndpointRules({ allowPrivate: true, own, resolve }));
    expect(await send(outgoing(`http://hooks.example:${receiver.port}/`))).toMatchObject({
      error: null,
      httpStatus: 200,
    });
    expect(receiver.got).toMatchObject([{ headers: { host: `hooks.example:${receiver.port}` } }]);
    expect(elsewhere.got).toEqual([]);
  });

  it('that is the queue itself is refused even where private addresses are allowed', async () => {
    const port = 8_000;
    const resolve = async (): Promise<readonly Resolved[]> => [{ address: '127.0.0.1', family: 4 }];
    const rules = createEndpointRules({ allowPrivate: true, own: { ...own, port }, resolve });
    const hosts = [
      '127.0.0.1',
      '127.8.8.8',
      '0.0.0.0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      'localhost',
      'hooks.example',
      'queue.example',
    ];
    for (const host of hosts) {
      const url = `http://${host}:${port}/hook`;
      expect([url, await rules.refusalOf(url)]).toMatchObject([url, { code: 'own_address' }]);
      expect(await createSend(rules)(outgoing(url))).toMatchObject({ error: 'address_refused' });
    }
    expect(await rules.refusalOf('http://127.0.0.1:8001/')).toBeUndefined();
  });
});

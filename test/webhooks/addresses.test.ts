import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/webhooks/addresses.ts';
import { createEndpointRules, type Resolved } from '../../src/webhooks/endpoint-rules.ts';
import { createSend } from '../../src/webhooks/send.ts';
import { signed } from '../../src/webhooks/signing.ts';
import { startReceiver } from './support/receiver.ts';

/** Addresses inside, however they are written; the second list is of other things that an endpoint must not be. */
const INSIDE = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.255.255.254/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0x0.0x0.0x1/',
  'https://017700000001/',
  'https://0177.0.0.01/',
  'https://0/',
  'https://0.0.0.0/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://hooks.localhost/',
  'https://ⓛocalhost/',
  'https://１２７.０.０.１/',
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://100.64.0.1/',
  'https://100.100.100.200/latest/meta-data/',
  'https://169.254.169.254/latest/meta-data/',
  'https://169.254.170.2/v2/credentials',
  'https://2852039166/',
  'https://0xa9fea9fe/',
  'https://168.63.129.16/',
  'https://192.0.0.192/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://239.255.255.250/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[::]/',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::127.0.0.1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[::ffff:8.8.8.8]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b:1::1]/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[2001::1]/',
  'https://[2002:7f00:1::]/',
  'https://metadata.google.internal/',
  'https://instance-data/',
  'https://printer.local/',
  'https://kubernetes.default.svc.cluster.local/',
] as const;

const NO_ENDPOINT = [
  'http://hooks.example/',
  'https://hooks.example:22/',
  'https://hooks.example:6379/',
  'https://hooks.example:5432/',
  'https://hooks.example:80/',
  'https://user:password@hooks.example/',
  'https://169.254.169.254@hooks.example/',
  'https://hooks.example@169.254.169.254/',
  'https://hooks.example\\@169.254.169.254/',
  'https://hooks.example/#@169.254.169.254/',
  'https://hooks.example/a b',
  'https://hooks.example/\r\nHost: 169.254.169.254',
  'https://hooks.example\t.evil.example/',
  'https://[fe80::1%25eth0]/',
  'https://[::1/',
  'https:///etc/passwd',
  'https://',
  '//169.254.169.254/',
  'file:///etc/passwd',
  'ftp://hooks.example/',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'unix:/var/run/docker.sock',
  'hooks.example/receipts',
] as const;

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

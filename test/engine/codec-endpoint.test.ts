import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { KEY_SCOPES, type KeyScope } from '../../src/contract/access-policies.ts';
import { AppError } from '../../src/contract/errors.ts';
import { parsePayloadKeys } from '../../src/contract/payload-keys.ts';
import { decodeWire } from '../../src/engine/codec/decode-wire.ts';
import { createPayloadCodec } from '../../src/engine/codec/payload-codec.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { problemOf } from '../http/support/problem.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

const UI = 'https://temporal.example';
const APP = 'https://app.example';
const KEYS = parsePayloadKeys(`a:${randomBytes(32).toString('base64')}`);
const codec = createPayloadCodec(KEYS, 'mark');

const http = useHttpQueue((db) => ({
  principalOf: createKeyPrincipal(createAuthenticate({ db })),
  codec: { origins: [UI], decode: (payloads) => decodeWire(codec, payloads) },
  allowed: { hosts: ['127.0.0.1'], origins: [APP] },
}));

let made = 0;
async function keyWith(...scopes: KeyScope[]): Promise<string> {
  const operator = { tenant: 'default', user: 1, scopes: new Set(KEY_SCOPES) };
  const { key } = await http.current.queue.createKey({ name: `key-${++made}`, scopes }, { principal: operator });
  return key;
}

async function hiddenPayload() {
  const [payload] = await codec.encode([defaultPayloadConverter.toPayload({ jobId: 'ocr-17' })]);
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  const metadata = Object.entries(payload?.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]);
  return { metadata: Object.fromEntries(metadata), data: base64(payload?.data) };
}

const ask = async (headers: Record<string, string>, body: unknown, method = 'POST') =>
  http.current.fetch('/temporal/decode', {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('the codec endpoint', { timeout: 120_000 }, () => {
  it('[S6] decrypts for a key with scope payloads:read, and for no other', async () => {
    const body = { payloads: [await hiddenPayload()] };
    const answer = await ask(bearer(await keyWith('payloads:read')), body);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { payloads } = (await answer.json()) as { payloads: [{ data: string }] };
    expect(Buffer.from(payloads[0].data, 'base64').toString()).toBe('{"jobId":"ocr-17"}');

    expect((await ask({}, body)).status).toBe(401);
    const others = KEY_SCOPES.filter((scope) => scope !== 'payloads:read');
    const refused = await ask(bearer(await keyWith(...others)), body);
    expect(refused.status).toBe(403);
    expect(await problemOf(refused)).toMatchObject({ code: 'forbidden' });
  });

  it('[S6] lets pages of the UI read its answers, and refuses every other page', async () => {
    const key = bearer(await keyWith('payloads:read'));
    const body = { payloads: [await hiddenPayload()] };
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,x-namespace',
    };
    const preflight = await ask({ origin: UI, ...asked }, undefined, 'OPTIONS');
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(UI);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const answered = await ask({ origin: UI, ...key }, body);
    expect(answered.status).toBe(200);
    expect(answered.headers.get('access-control-allow-origin')).toBe(UI);

    for (const origin of [APP, 'https://evil.example', 'null', 'http://temporal.example', `${UI}.evil.example`]) {
      expect((await ask({ origin, ...asked }, undefined, 'OPTIONS')).status, origin).toBe(403);
      const refused = await ask({ origin, ...key }, body);
      expect([origin, refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([origin, 403, null]);
    }
  });

  it('[S6] lets pages of the UI call no other address', async () => {
    const answer = await http.current.fetch('/queue', { headers: { origin: UI } });
    expect(answer.status).toBe(403);
  });

  it.each([
    ['no payloads', {}],
    ['no list', { payloads: {} }],
    ['too many payloads', { payloads: Array.from({ length: 1_001 }, () => ({})) }],
    ['bytes that are no base64', { payloads: [{ data: '!' }] }],
    ['a payload with further fields', { payloads: [{ data: '', more: 1 }] }],
  ])('refuses %s', async (_case, body) => {
    const answer = await ask(bearer(await keyWith('payloads:read')), body);
    expect(answer.status).toBe(422);
  });

  it('[S6] says in place of a payload which key is missing, and gives back what is in clear', async () => {
    const other = createPayloadCodec(parsePayloadKeys(`b:${randomBytes(32).toString('base64')}`), 'mark');
    const plain = {
      metadata: { encoding: Buffer.from('json/plain').toString('base64') },
      data: Buffer.from('1').toString('base64'),
    };
    const [marked, kept] = await decodeWire(other, [await hiddenPayload(), plain]);
    expect(Buffer.from(marked?.data ?? '', 'base64').toString()).toContain('key \\"a\\"');
    expect(kept).toEqual(plain);
  });

  it('[S6] [W9] has the temporal command show what is encrypted', async () => {
    const queue = await createInstallation({
      settings: {
        engine: {
          address: inject('temporalAddress'),
          namespace: 'default',
          connectionOptions: { address: inject('temporalAddress') },
          payloadKeys: KEYS,
        },
      },
    });
    onTestFinished(() => queue.dispose());
    await queue.work(scriptedAgent((call) => call.fail(new AppError('agent_rejected', 'The agent refuses it.'))));
    const [id = 0] = await addReceipts(queue.db, 1);
    const { job_id } = await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
    await queue.waitFor(job_id, ({ status }) => status === 'failed');
    const workflowId = `${queue.settings.workflowIdPrefix}${job_id}`;
    const handle = queue.client.workflow.getHandle(workflowId);
    await handle.result().catch(() => {});

    const program = await ensureArtifact('temporal-cli');
    const show = async (...flags: string[]) => {
      const at = ['--address', inject('temporalAddress'), '--workflow-id', workflowId, '--output', 'json', ...flags];
      return (await promisify(execFile)(program, ['workflow', 'show', ...at], { maxBuffer: 16 * 1024 * 1024 })).stdout;
    };
    const said = Buffer.from('{"message":"The agent refuses it.","stack_trace":""}').toString('base64');
    const endpoint = ['--codec-endpoint', `${http.current.url}/temporal`];
    const hidden = await show();
    expect(hidden).not.toContain(`"jobId": "${job_id}"`);
    expect(hidden).not.toContain(said);
    expect(hidden).not.toContain('The agent refuses it.');
    const shown = await show(...endpoint, '--codec-auth', `Bearer ${await keyWith('payloads:read')}`);
    expect(shown).toContain(job_id);
    expect(shown).toContain(said);
    // Without a key the command is refused until it gives up, and shows nothing.
    await expect(show(...endpoint)).rejects.toMatchObject({ stdout: expect.not.stringContaining(job_id) });
  });
});

import { describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

const http = useHttpQueue();

function post(address: string, body: string | undefined, headers: Record<string, string> = {}): Promise<Response> {
  return http.current.fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** Refused with this status, code and field, and nothing changed by it. */
async function refused(
  send: () => Promise<Response>,
  want: { status: number; code: string; pointer?: string },
): Promise<string> {
  const before = await http.current.traces();
  const problem = await problemOf(await send());
  expect(problem).toMatchObject({ status: want.status, code: want.code });
  if (want.pointer !== undefined) expect(problem.errors?.map(({ pointer }) => pointer)).toContain(want.pointer);
  expect(await http.current.traces()).toEqual(before);
  return problem.detail;
}

describe('a receipt id in a body', () => {
  it.each([
    '0',
    '-1',
    '-0',
    '9007199254740992',
    '9007199254740993',
    '1e309',
    '1.5',
    '"17abc"',
    '"17"',
    '"１７"',
    '" 17 "',
    'null',
    'true',
    '[17]',
    '{"a":17}',
    '""',
  ])('is refused and named when it is %s', async (value) => {
    const detail = await refused(() => post('/jobs', `{"receipt_id":${value}}`), {
      status: 422,
      code: 'invalid_argument',
      pointer: '/receipt_id',
    });
    expect(detail).toContain('receipt_id must be');
  });

  it('is missed when it is not there', async () => {
    for (const body of ['{}', '', undefined]) {
      const detail = await refused(() => post('/jobs', body), {
        status: 422,
        code: 'invalid_argument',
        pointer: '/receipt_id',
      });
      expect(detail).toBe('receipt_id is missing.');
    }
  });
});

describe('a receipt id in an address', () => {
  const values = ['0', '-1', '9007199254740992', '1.5', '17abc', '%EF%BC%91%EF%BC%97', '%2017%20', '1e3'];
  const more = ['+1', '0x11', '017', '1%2C0', 'NaN', '17%00', '..%2F17', 'null'];
  it.each([...values, ...more])('is refused and named when it is %s', async (value) => {
    const want = { status: 422, code: 'invalid_argument', pointer: '/receipt_id' };
    await refused(() => http.current.fetch(`/receipts/${value}`), want);
    await refused(() => post(`/receipts/${value}/ocr`, undefined), want);
    await refused(() => http.current.fetch(`/receipts/ocr/queue-status?receipt_id=${value}`), want);
  });

  it('is refused when the query gives it twice or empty', async () => {
    const want = { status: 422, code: 'invalid_argument', pointer: '/receipt_id' };
    await refused(() => http.current.fetch('/receipts/ocr/queue-status?receipt_id=1&receipt_id=2'), want);
    await refused(() => http.current.fetch('/receipts/ocr/queue-status?receipt_id='), want);
  });

  it('is unknown when no receipt has it', async () => {
    const want = { status: 404, code: 'receipt_not_found' };
    await refused(() => http.current.fetch('/receipts/2147483647'), want);
    await refused(() => http.current.fetch('/receipts/2147483647/image'), want);
    await refused(() => http.current.fetch('/receipts/2147483647/ocr/status'), want);
    await refused(() => post('/jobs', '{"receipt_id":2147483647}'), want);
    await refused(() => post('/receipts/2147483647/ocr', undefined), want);
    await refused(() => post('/receipts/2147483647/ocr/retry', undefined), want);
  });
});

describe('an argument that does not exist', () => {
  it.each(['status', 'tenant_id', 'attempts', 'constructor', '__proto__', 'receiptId', 'a/b'])(
    'is named in a body: %s',
    async (name) => {
      const detail = await refused(() => post('/jobs', `{"receipt_id":1,"${name}":{"x":1}}`), {
        status: 422,
        code: 'unknown_argument',
        pointer: `/${name.replace('/', '~1')}`,
      });
      expect(detail).toContain(name);
    },
  );

  it.each(['user', '__proto__', 'user_id[]', 'USER_ID'])('is named in a query: %s', async (name) => {
    const address = `/queue?${encodeURIComponent(name)}=1`;
    const want = { status: 422, code: 'unknown_argument', pointer: `/${name}` };
    await refused(() => http.current.fetch(address), want);
  });

  it('is said to belong into the body when it stands in the address of a POST', async () => {
    const detail = await refused(() => post('/jobs?receipt_id=1', '{}'), {
      status: 422,
      code: 'unknown_argument',
      pointer: '/receipt_id',
    });
    expect(detail).toContain('body');
  });

  it('may not repeat what the path says', async () => {
    const want = { status: 422, code: 'invalid_argument', pointer: '/job_id' };
    await refused(() => post('/jobs/ocr-1/cancel', '{"job_id":"ocr-2"}'), want);
    await refused(() => http.current.fetch('/jobs/ocr-1?job_id=ocr-2'), want);
  });
});

describe('other arguments', () => {
  it.each([
    ['{"receipt_id":1,"priority":"urgent"}', '/priority', 'high, default, low'],
    ['{"receipt_id":1,"priority":"HIGH"}', '/priority', 'high, default, low'],
    ['{"receipt_id":1,"priority":1}', '/priority', 'high, default, low'],
    ['{"receipt_id":1,"user_id":0}', '/user_id', 'at least 1'],
    ['{"receipt_id":1,"force":"true"}', '/force', 'true or false'],
    ['{"receipt_id":1,"image_path":""}', '/image_path', 'at least 1'],
    [`{"receipt_id":1,"image_path":"${'x'.repeat(600)}"}`, '/image_path', 'at most 512'],
  ])('%s', async (body, pointer, words) => {
    const detail = await refused(() => post('/jobs', body), { status: 422, code: 'invalid_argument', pointer });
    expect(detail).toContain(words);
  });

  const paths = ['http://169.254.169.254/latest', 'file:///etc/passwd', 'minio://other/x.jpg', 'minio://receipts/../x'];
  it.each([...paths, 'minio://receipts@evil/x.jpg', '/etc/passwd', '//evil/x', 'minio://receipts/%2e%2e/x'])(
    'an image_path must be a key of the store: %s',
    async (image_path) => {
      const [receipt_id] = await addReceipts(http.current.db, 1);
      await refused(() => post('/jobs', JSON.stringify({ receipt_id, image_path })), {
        status: 422,
        code: 'invalid_argument',
        pointer: '/image_path',
      });
    },
  );

  it('an image_path of another receipt is a conflict that names both', async () => {
    const [receipt_id] = await addReceipts(http.current.db, 1);
    const body = JSON.stringify({ receipt_id, image_path: 'minio://receipts/other.jpg' });
    const detail = await refused(() => post('/jobs', body), { status: 409, code: 'idempotency_conflict' });
    expect(detail).toContain('minio://receipts/other.jpg');
  });

  it.each(['46', '-1', '1.5', 'soon', ''])('wait_seconds may not be %j', async (value) => {
    await refused(() => http.current.fetch(`/jobs/ocr-1?wait_seconds=${value}`), {
      status: 422,
      code: 'invalid_argument',
      pointer: '/wait_seconds',
    });
  });

  const ids = ['ocr-', 'ocr-017', 'OCR-17', 'ocr--1', 'ocr-9999999999999999999', 'ocr-1.0', '17', 'ocr-17%2F..', '%00'];
  it.each([...ids, 'ocr-2147483647', '%E2%80%AEocr-1', '<script>'])('a job id that names no job: %s', async (id) => {
    await refused(() => http.current.fetch(`/jobs/${id}`), { status: 404, code: 'job_not_found' });
    await refused(() => post(`/jobs/${id}/cancel`, '{}'), { status: 404, code: 'job_not_found' });
    await refused(() => post(`/jobs/${id}/retry`, '{}'), { status: 404, code: 'job_not_found' });
    await refused(() => http.current.fetch(`/receipts/ocr/job/${id}`), { status: 404, code: 'job_not_found' });
  });

  it('names at most ten mistakes and says how many there are', async () => {
    const receipt_ids = Array.from({ length: 30 }, (_, index) => -index);
    const problem = await problemOf(await post('/jobs/batch', JSON.stringify({ receipt_ids })));
    expect(problem.errors).toHaveLength(10);
    expect(problem.errors?.[3]?.pointer).toBe('/receipt_ids/3');
    expect(problem.detail).toContain('And 29 more.');
  });

  it('shows at most 60 characters of a value, and none that is unseen', async () => {
    const value = `\u202e\u200b\ufe01\u{e0101}${'x'.repeat(500)}\n\u001b[31m`;
    const problem = await problemOf(await post('/jobs', JSON.stringify({ receipt_id: value })));
    expect(problem.detail.length).toBeLessThan(150);
    expect(problem.detail).not.toMatch(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
  });
});

describe('a batch', () => {
  it.each([
    ['{}', 422, 'invalid_argument'],
    ['{"receipt_ids":[]}', 422, 'batch_empty'],
    [`{"receipt_ids":[${Array.from({ length: 10_001 }, (_, i) => i + 1)}]}`, 413, 'batch_too_large'],
    [`{"receipt_ids":[${Array(20_000).fill(17)}]}`, 413, 'batch_too_large'],
    [`{"receipt_ids":[${Array(100_000).fill(17)}]}`, 413, 'body_too_large'],
    [`{"receipt_ids":[${Array(1_000_000).fill(17)}]}`, 413, 'body_too_large'],
    ['{"receipt_ids":[1,2],"image_paths":["minio://receipts/a.jpg"]}', 422, 'batch_length_mismatch'],
    ['{"receipt_ids":[1,1],"image_paths":["minio://receipts/a","minio://receipts/b"]}', 409, 'idempotency_conflict'],
    ['{"receipt_ids":[1,null,3]}', 422, 'invalid_argument'],
    ['{"receipt_ids":[[1]]}', 422, 'invalid_argument'],
    ['{"receipt_ids":[2147483000]}', 404, 'receipt_not_found'],
    ['{"pending":false}', 422, 'invalid_argument'],
  ])('is refused as a whole: case %#', async (body, status, code) => {
    await refused(() => post('/jobs/batch', body), { status, code });
  });
});

describe('a body', () => {
  it.each(['{', 'nonsense', '{"receipt_id":1,}', "{'receipt_id':1}", '{"receipt_id":01}', '\u0000'])(
    'that is not JSON is refused: %j',
    async (body) => {
      await refused(() => post('/jobs', body), { status: 400, code: 'malformed_request' });
    },
  );

  it('that is not UTF-8 is refused', async () => {
    const body = Buffer.from('{"receipt_id":"\xff"}', 'latin1');
    const send = () =>
      http.current.fetch('/jobs', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await refused(send, { status: 400, code: 'malformed_request' });
  });

  it.each(['[]', '"text"', 'null', '17', '[{"receipt_id":1}]'])('must be an object, not %s', async (body) => {
    await refused(() => post('/jobs', body), { status: 422, code: 'invalid_argument' });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/json-patch+json',
  ])('must be JSON by its type, not %s', async (type) => {
    await refused(() => post('/jobs', '{"receipt_id":1}', { 'content-type': type }), {
      status: 415,
      code: 'unsupported_media_type',
    });
  });

  it('may not be compressed', () =>
    refused(() => post('/jobs', '{"receipt_id":1}', { 'content-encoding': 'gzip' }), {
      status: 415,
      code: 'unsupported_media_type',
    }));

  it('may begin with a byte order mark and name its charset', async () => {
    const [receipt_id] = await addReceipts(http.current.db, 1);
    const type = { 'content-type': 'Application/JSON; charset="UTF-8"' };
    const response = await post('/jobs', `\ufeff${JSON.stringify({ receipt_id })}`, type);
    expect(response.status).toBe(202);
  });

  it('is refused when it is larger than 16 KB, said or not said beforehand', async () => {
    const big = `{"receipt_id":"${'x'.repeat(16 * 1024)}"}`;
    await refused(() => post('/jobs', big), { status: 413, code: 'body_too_large' });
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(big));
        controller.close();
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: stream, duplex: 'half' };
    await refused(() => http.current.fetch('/jobs', init as RequestInit), { status: 413, code: 'body_too_large' });
  });
});

describe('an address', () => {
  it.each(['/nothing', '/jobs/ocr-1/explode', '/receipts/1/ocr/status/x', '/%2e%2e/etc/passwd', '/.git/config'])(
    'that does not exist is a problem document: %s',
    async (address) => {
      await refused(() => http.current.fetch(address), { status: 404, code: 'not_found' });
    },
  );

  it.each([
    ['DELETE', '/jobs/ocr-1', 'GET, HEAD'],
    ['PUT', '/jobs', 'POST, GET, HEAD'],
    ['GET', '/jobs/batch', 'POST'],
    ['POST', '/queue', 'GET, HEAD'],
    ['PATCH', '/receipts', 'GET, HEAD, POST'],
    ['GET', '/receipts/bulk', 'POST'],
  ])('does not take %s %s, and says what it takes', async (method, address, allow) => {
    const response = await http.current.fetch(address, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });
});

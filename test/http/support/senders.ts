import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { request as undiciRequest } from 'undici';

/** A request whose body is larger than any socket buffer. */
export interface LargeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SeenAnswer {
  readonly status: number;
  readonly code: string;
}

/** Sends all requests, a few at a time; what fails is answered by its error, as text. */
type Sender = (requests: readonly LargeRequest[]) => Promise<(SeenAnswer | string)[]>;

const AT_A_TIME = 4;

const each =
  (send: (request: LargeRequest) => Promise<SeenAnswer>): Sender =>
  async (requests) => {
    const answers: (SeenAnswer | string)[] = [];
    const open = [...requests.entries()];
    const next = async (): Promise<void> => {
      const [at, request] = open.shift() ?? [];
      if (at === undefined || !request) return;
      answers[at] = await send(request).catch(String);
      return next();
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, next));
    return answers;
  };

const answerOf = (status: number, text: string): SeenAnswer => ({
  status,
  code: (JSON.parse(text) as { code: string }).code,
});

function inPieces(body: Buffer): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= body.length) return controller.close();
      controller.enqueue(new Uint8Array(body.subarray(at, at + 65_536)));
      at += 65_536;
    },
  });
}

const fetchWith = async (
  { url, method, headers }: LargeRequest,
  body: Uint8Array | ReadableStream,
): Promise<SeenAnswer> => {
  const response = await fetch(url, { method, headers, body, duplex: 'half' } as RequestInit);
  return answerOf(response.status, await response.text());
};

/** It writes the whole body, then reads: what urllib, requests and most blocking clients do. */
const PYTHON = `
import concurrent.futures, http.client, json, sys, urllib.error, urllib.parse, urllib.request
library = sys.argv[1]
def send(request):
    url, method, headers, file = request
    body = open(file, 'rb').read()
    if library == 'urllib':
        try:
            answer = urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method))
        except urllib.error.HTTPError as error:
            answer = error
    else:
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc)
        connection.request(method, parts.path, body if library == 'http.client' else open(file, 'rb'), headers,
                           encode_chunked=library == 'chunked')
        answer = connection.getresponse()
    return [answer.status, answer.read().decode()]
def attempt(request):
    try:
        return send(request)
    except Exception as error:
        return [0, repr(error)]
with concurrent.futures.ThreadPoolExecutor(${AT_A_TIME}) as pool:
    print(json.dumps(list(pool.map(attempt, json.loads(sys.argv[2])))))
`;

async function withFiles<T>(bodies: readonly Buffer[], use: (files: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pantry-send-'));
  try {
    const files = bodies.map((_, n) => path.join(folder, `body-${n}`));
    await Promise.all(files.map((file, n) => writeFile(file, bodies[n] ?? '')));
    return await use(files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One process for all requests: starting Python costs more than what it sends. */
const python =
  (library: string): Sender =>
  (requests) =>
    withFiles(
      requests.map(({ body }) => body),
      async (files) => {
        const calls = requests.map(({ url, method, headers }, n) => [url, method, headers, files[n]]);
        const { stdout } = await promisify(execFile)('python3', ['-c', PYTHON, library, JSON.stringify(calls)]);
        const answers = JSON.parse(stdout) as [status: number, text: string][];
        return answers.map(([status, text]) => (status === 0 ? text : answerOf(status, text)));
      },
    );

const curl = (...extra: string[]): Sender =>
  each(({ url, method, headers, body }) =>
    withFiles([body], async ([file]) => {
      const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
      const args = ['-sS', '-X', method, ...lines, ...extra, '--data-binary', `@${file}`, '-w', '\n%{http_code}', url];
      const { stdout } = await promisify(execFile)('curl', args);
      const at = stdout.lastIndexOf('\n');
      return answerOf(Number(stdout.slice(at)), stdout.slice(0, at));
    }),
  );

const bytes = (...lines: string[]): Sender =>
  each(({ url, method, headers, body }) => {
    const { host, port, pathname } = new URL(url);
    const head = [
      `${method} ${pathname} HTTP/1.1`,
      ...Object.entries({ Host: host, ...headers, 'Content-Length': body.length }).map(([n, v]) => `${n}: ${v}`),
      ...lines,
    ];
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.write(body);
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString();
        const [status = '', text = ''] = answer.slice(answer.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n');
        if (!text.endsWith('}')) return;
        socket.destroy();
        resolve(answerOf(Number(status.slice(9, 12)), text));
      });
      socket.once('error', reject);
    });
  });

/** Programs and libraries that upload, each as it is usually called. */
export const senders: Readonly<Record<string, Sender>> = {
  'fetch of Node with a buffer': each((request) => fetchWith(request, new Uint8Array(request.body))),
  'fetch of Node with a stream': each((request) => fetchWith(request, inPieces(request.body))),
  'undici.request': each(async ({ url, method, headers, body }) => {
    const response = await undiciRequest(url, { method: method as 'POST', headers, body });
    return answerOf(response.statusCode, await response.body.text());
  }),
  'http.request of Node': each(
    ({ url, method, headers, body }) =>
      new Promise((resolve, reject) => {
        const request = httpRequest(
          url,
          { method, headers: { ...headers, 'content-length': body.length } },
          (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (chunk) => {
              text += chunk;
            });
            answer.once('end', () => resolve(answerOf(answer.statusCode ?? 0, text)));
          },
        );
        request.once('error', reject);
        request.end(body);
      }),
  ),
  'urllib of Python': python('urllib'),
  'http.client of Python': python('http.client'),
  'http.client of Python in chunks': python('chunked'),
  curl: curl(),
  'curl without Expect': curl('-H', 'Expect:'),
  'curl in chunks': curl('-H', 'Transfer-Encoding: chunked'),
  'a socket that sends everything first': bytes('Connection: close'),
  'a socket that keeps the connection': bytes(),
  'a socket that expects 100 and does not wait': bytes('Expect: 100-continue'),
};

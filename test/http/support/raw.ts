import { connect } from 'node:net';

/**
 * Sends bytes as they are, whatever HTTP says of them. Resolves with all that came back, once the server has closed.
 * @param pieces null closes the sender's side
 */
export function raw(port: number, ...pieces: readonly (string | Uint8Array | null)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const piece of pieces) piece === null ? socket.end() : socket.write(piece);
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    // A server that has answered may close while the rest is still on its way.
    socket.once('error', (error) => answer === '' && reject(error));
    socket.once('close', () => resolve(answer));
  });
}

/** Status line and problem document of an answer that `raw` gave. */
export function problemIn(answer: string): { status: number; type: string; code: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const { code } = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) as { code: string };
  return {
    status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]),
    type: /^content-type: (.*)$/im.exec(head)?.[1] ?? '',
    code,
  };
}

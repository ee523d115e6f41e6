import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface GrpcAnswer {
  readonly status: number;
  readonly message: string;
}

/** Ends a call as a gRPC server does that refuses it. */
export function refuse(stream: ServerHttp2Stream, { status, message }: GrpcAnswer): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(status),
      'grpc-message': encodeURIComponent(message),
    },
    { endStream: true },
  );
}

/**
 * A server that speaks gRPC and refuses every call: the client's real library makes its real errors of it.
 * @param answer by the name of the call (`StartWorkflowExecution`); undefined = the call is never answered
 */
export async function startGrpcRefusals(
  answer: (call: string) => GrpcAnswer | undefined,
): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer();
  const streams = new Set<ServerHttp2Stream>();
  server.on('stream', (stream, headers) => {
    streams.add(stream);
    stream.on('error', () => {});
    stream.on('close', () => streams.delete(stream));
    const refusal = answer(String(headers[':path']).replace(/^.*\//, ''));
    if (!refusal) return;
    refuse(stream, refusal);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      for (const stream of streams) stream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

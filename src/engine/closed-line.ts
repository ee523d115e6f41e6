import { InterceptingCall, type Interceptor, Metadata, status } from '@grpc/grpc-js';

type Call = ReturnType<Parameters<Interceptor>[1]>;

/**
 * A call on a connection that has been closed ends as CANCELLED. Without it gRPC throws: to a caller that is an error like
 * any other, but the SDK sends a call again from a timer, where nobody catches it, and the process would end.
 * Stands after what sends calls again.
 */
export const endsWithItsLine: Interceptor = (options, nextCall) => {
  try {
    return new InterceptingCall(nextCall(options));
  } catch (error) {
    return new InterceptingCall(closedCall(error instanceof Error ? error.message : String(error)));
  }
};

function closedCall(details: string): Call {
  return {
    start(_metadata, listener) {
      // As gRPC ends a call: later, and with a message, which is none.
      process.nextTick(() => {
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.({ code: status.CANCELLED, details, metadata: new Metadata() });
      });
    },
    cancelWithStatus() {},
    sendMessage() {},
    sendMessageWithContext() {},
    halfClose() {},
    startRead() {},
    getPeer: () => '',
    getAuthContext: () => null,
  };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface PipeliningLimits {
  /** Requests of one connection that are worked on and not answered yet; the others wait in line. */
  readonly unansweredPerConnection: number;
  /** Requests in line on all connections together: they were parsed before their connection could be paused. */
  readonly inLine: number;
}

type Request = readonly [incoming: IncomingMessage, outgoing: ServerResponse];

interface Connection {
  readonly unanswered: Set<ServerResponse>;
  readonly inLine: Request[];
  refused: boolean;
}

export interface Pipelining {
  /** The listener of a server. */
  readonly listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /**
   * The connection ends, and requests that stand in line on it are forgotten.
   * @returns whether there were any
   */
  abandon(socket: object): boolean;
}

/**
 * HTTP/1.1 lets a client send requests without waiting for answers, and Node starts them all. Here a connection has a
 * few at a time, and is not read while others stand in line.
 * @param refuse answers a connection whose next request finds no room, and ends it
 */
export function boundPipelining(
  handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  limits: PipeliningLimits,
  refuse: (socket: Socket) => void,
): Pipelining {
  const connections = new WeakMap<object, Connection>();
  let inLine = 0;

  function leaveLine(connection: Connection): void {
    inLine -= connection.inLine.length;
    connection.inLine.length = 0;
  }

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known) return known;
    const connection: Connection = { unanswered: new Set(), inLine: [], refused: false };
    connections.set(socket, connection);
    // Reading a body resumes the socket, no matter who paused it.
    socket.on('resume', () => connection.inLine.length > 0 && socket.pause());
    socket.once('close', () => {
      leaveLine(connection);
      // Node tells only the first of them.
      for (const outgoing of connection.unanswered) if (!outgoing.closed) outgoing.emit('close');
    });
    return connection;
  }

  function begin(socket: Socket, connection: Connection, [incoming, outgoing]: Request): void {
    connection.unanswered.add(outgoing);
    outgoing.once('close', () => {
      connection.unanswered.delete(outgoing);
      const next = connection.inLine.shift();
      if (next === undefined) return;
      inLine--;
      if (connection.inLine.length === 0) socket.resume();
      begin(socket, connection, next);
    });
    handle(incoming, outgoing);
  }

  return {
    listener(incoming, outgoing) {
      const { socket } = incoming;
      const connection = connectionOf(socket);
      if (connection.refused) return;
      if (connection.unanswered.size < limits.unansweredPerConnection) {
        begin(socket, connection, [incoming, outgoing]);
      } else if (inLine < limits.inLine) {
        inLine++;
        connection.inLine.push([incoming, outgoing]);
        socket.pause();
      } else {
        connection.refused = true;
        leaveLine(connection);
        const [first] = connection.unanswered;
        // An answer that has begun cannot become another one.
        if (first?.headersSent) socket.destroy();
        else refuse(socket);
      }
    },
    abandon(socket) {
      const connection = connections.get(socket);
      if (!connection) return false;
      const some = connection.inLine.length > 0;
      connection.refused = true;
      leaveLine(connection);
      return some;
    },
  };
}

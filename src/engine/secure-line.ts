import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from 'node:http2';
import { AppError } from '../contract/errors.ts';
import { NOT_REACHED } from '../contract/not-reached.ts';
import type { EngineConfig } from './connection.ts';

/** A look at the line ends within this. */
const LOOK_MS = 2_000;

interface LineFault {
  /** Node's and OpenSSL's code of it. */
  readonly met: RegExp;
  /** Follows "Temporal at <address> ". */
  readonly says: string;
  readonly hint: string;
}

const CLIENT_CERTIFICATE =
  'Name the certificate in TEMPORAL_TLS_CLIENT_CERT_PATH and its key in TEMPORAL_TLS_CLIENT_KEY_PATH, and restart.';

/** What keeps a secure line to Temporal from being made; gRPC itself says only that there is no connection. */
const LINE_FAULTS: readonly LineFault[] = [
  {
    met: /ALTNAME/,
    says: 'shows a certificate for another host name.',
    hint: 'Name the host in TEMPORAL_ADDRESS as its certificate does, or give that name in TEMPORAL_TLS_SERVER_NAME.',
  },
  {
    met: /CERT_HAS_EXPIRED/,
    says: 'shows a certificate that has expired.',
    hint: 'Its administrator must renew it; compare the clocks of both machines, too.',
  },
  {
    met: /CERT_NOT_YET_VALID/,
    says: 'shows a certificate that is not valid yet.',
    hint: 'Compare the clocks of both machines.',
  },
  {
    met: /ISSUER|LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_VERIFY/,
    says: 'shows a certificate of an authority that this program does not know.',
    hint: 'Name the certificate of the authority in TEMPORAL_TLS_SERVER_CA_CERT_PATH, and restart.',
  },
  {
    met: /ALERT_CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE/,
    says: 'demands a client certificate.',
    hint: CLIENT_CERTIFICATE,
  },
  {
    met: /ALERT/,
    says: 'does not accept the client certificate of this program.',
    hint: CLIENT_CERTIFICATE,
  },
  {
    met: /WRONG_VERSION_NUMBER|PACKET_LENGTH/,
    says: 'does not use TLS.',
    hint: 'Name its port with TLS in TEMPORAL_ADDRESS, or set TEMPORAL_TLS=false, and restart.',
  },
];

const PLAIN_TO_TLS: Omit<LineFault, 'met'> = {
  says: 'uses TLS, and this program is set to use none.',
  hint: 'Set TEMPORAL_TLS=true, or name certificates or a key (docs/configuration.md), and restart.',
};

/**
 * Why no line to Temporal comes about, found out by making one without gRPC.
 * @returns undefined where the line is well, or it is not known what keeps it from being made
 */
export async function explainLine({ address, namespace: _, connectionOptions }: EngineConfig) {
  const { tls } = connectionOptions;
  const misconfigured = ({ says, hint }: Omit<LineFault, 'met'>, cause?: unknown) =>
    new AppError('engine_misconfigured', `Temporal at ${address} ${says}`, { hint, cause });
  const notReached = ({ code, cause }: LineEnd) =>
    NOT_REACHED.has(code)
      ? new AppError('engine_unavailable', `Temporal at ${address} cannot be reached.`, { cause, retryAfterS: 5 })
      : undefined;
  if (!tls) {
    const plain = await tryLine(connect(`http://${address}`), 'remoteSettings');
    if (plain.made) return undefined;
    const fault = notReached(plain);
    if (fault) return fault;
    const secure = await tryLine(connect(`https://${address}`, { rejectUnauthorized: false }), 'connect');
    return secure.made ? misconfigured(PLAIN_TO_TLS) : undefined;
  }
  const line = await tryLine(connect(`https://${address}`, sessionOptions(tls)), 'remoteSettings');
  if (line.made) return undefined;
  const fault = LINE_FAULTS.find(({ met }) => met.test(line.code ?? ''));
  return fault ? misconfigured(fault, line.cause) : notReached(line);
}

type Tls = Exclude<EngineConfig['connectionOptions']['tls'], boolean | null | undefined>;

function sessionOptions(tls: Tls | true): SecureClientSessionOptions {
  if (tls === true) return {};
  const { serverRootCACertificate: ca, clientCertPair: pair, serverNameOverride: servername } = tls;
  return {
    ...(ca && { ca: Buffer.from(ca) }),
    ...(pair && { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) }),
    ...(servername && { servername }),
  };
}

/** A server that does not accept a client certificate may end the line without a word, right after it is made. */
const DROPPED = 'ALERT_DROPPED';

interface LineEnd {
  readonly made: boolean;
  /** The code of what it met instead; undefined when it met nothing in time. */
  readonly code?: string | undefined;
  readonly cause?: Error;
}

function tryLine(session: ClientHttp2Session, made: 'connect' | 'remoteSettings'): Promise<LineEnd> {
  return new Promise((resolve) => {
    let connected = false;
    const end = (line: LineEnd) => {
      clearTimeout(timer);
      resolve(line);
      session.destroy();
    };
    const fail = (cause: NodeJS.ErrnoException) => end({ made: false, code: cause.code, cause });
    const timer = setTimeout(() => end({ made: false }), LOOK_MS);
    session.on(made, () => end({ made: true }));
    session.on('error', fail);
    session.on('connect', (_session, socket) => {
      connected = true;
      // What the server says of a client certificate comes after the line is made, and reaches the socket alone.
      socket.on('error', fail);
    });
    session.on('close', () => end({ made: false, code: connected ? DROPPED : undefined }));
  });
}

import { lookup as lookupName } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { WEBHOOKS } from '../contract/webhook-policies.ts';
import { isPublicAddress } from './addresses.ts';

export interface Resolved {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly Resolved[]>;

/** Where the queue itself answers. */
export interface OwnAddress {
  readonly host: string;
  readonly port: number;
  /** Names by which others reach it: those of its proxies too. */
  readonly names: readonly string[];
}

/** Why an address may not be called: a stable code, and a sentence for the person who gave it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** What webhooks may be sent to. */
export interface EndpointRules {
  /** The form of an address, without asking for its name. */
  refusalOfUrl(url: string): Refusal | undefined;
  /** The same, and what its name means now. A name that is not known yet is no refusal. */
  refusalOf(url: string): Promise<Refusal | undefined>;
  /**
   * The addresses to connect to, each checked: who connects to these and asks nobody again cannot be led elsewhere.
   * @throws EndpointRefused; what the resolver throws
   */
  addressesOf(host: string, port: number): Promise<readonly Resolved[]>;
}

export class EndpointRefused extends Error {
  override readonly name = 'EndpointRefused';
}

const refusal = (code: string, message: string): Refusal => ({ code, message });
const NOT_PUBLIC = refusal('not_public', 'url must be an address of the public Internet.');
const OWN = refusal('own_address', 'url must not be the address of this queue.');

const resolveAll: Resolve = (name) => lookupName(name, { all: true, verbatim: true });

/** A URL's own spelling of a host: without brackets, without the dot at its end. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
const portOf = ({ port, protocol }: URL): number => (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port));

/** Names that are only ever given inside a network (RFC 6761, 6762, 8375, and those of clouds and containers). */
const INSIDE = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|arpa|onion)$/;

/**
 * @param options `allowPrivate`: any address but the queue's own, any port, http too: for development and closed networks
 */
export function createEndpointRules(options: {
  readonly allowPrivate: boolean;
  readonly own: OwnAddress;
  readonly resolve?: Resolve;
}): EndpointRules {
  const { allowPrivate, own, resolve = resolveAll } = options;
  const ownNames = new Set(own.names.map((name) => name.toLowerCase()));

  /** By number: the loopback, every interface of this machine, and where it listens. */
  function isOwn(address: string, port: number): boolean {
    if (port !== own.port) return false;
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return (
      plain === own.host ||
      /^(127\.|0\.)/.test(plain) ||
      ['::1', '::'].includes(plain) ||
      /^::ffff:/i.test(plain) ||
      Object.values(networkInterfaces()).some((all) => all?.some((each) => each.address === plain))
    );
  }

  function refusalOfAddress(address: string, port: number): Refusal | undefined {
    if (isOwn(address, port)) return OWN;
    return allowPrivate || isPublicAddress(address) ? undefined : NOT_PUBLIC;
  }

  function refusalOfUrl(text: string): Refusal | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // What the parser would change before it is called: controls, spaces, backslashes.
    if (!url || !/^[\x21-\x5b\x5d-\x7e]+$/.test(text))
      return refusal('format', 'url must be a full address, as in https://shop.example/hooks.');
    if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
      return refusal('scheme', 'url must begin with https://.');
    }
    if (url.username !== '' || url.password !== '') {
      return refusal('credentials', 'url must hold no user and no password: messages are signed.');
    }
    if (url.hash !== '') return refusal('fragment', 'url must hold no part after #: it is never sent.');
    const host = hostOf(url);
    const port = portOf(url);
    if (!allowPrivate && !(WEBHOOKS.ports as readonly number[]).includes(port)) {
      return refusal('port', `url must use port ${WEBHOOKS.ports.join(' or ')}.`);
    }
    if (isIP(host) !== 0) return refusalOfAddress(host, port);
    if (ownNames.has(host)) return OWN;
    if (!allowPrivate && (INSIDE.test(host) || !host.includes('.'))) return NOT_PUBLIC;
    return undefined;
  }

  async function addressesOf(host: string, port: number): Promise<readonly Resolved[]> {
    const found = isIP(host) === 0 ? await resolve(host) : [{ address: host, family: isIPv6(host) ? 6 : 4 }];
    // One that may not be called among them is no accident: none of them is.
    const refused = found.map(({ address }) => refusalOfAddress(address, port)).find((each) => each !== undefined);
    if (refused) throw new EndpointRefused(refused.message);
    return found;
  }

  return {
    refusalOfUrl,
    addressesOf,
    async refusalOf(text) {
      const refused = refusalOfUrl(text);
      if (refused) return refused;
      const url = new URL(text);
      try {
        await within(addressesOf(hostOf(url), portOf(url)), WEBHOOKS.lookupMs);
        return undefined;
      } catch (error) {
        if (!(error instanceof EndpointRefused)) return undefined;
        return error.message === OWN.message ? OWN : NOT_PUBLIC;
      }
    },
  };
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

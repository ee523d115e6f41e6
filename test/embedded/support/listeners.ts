import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** A row of the system's table of sockets that listens (state 0A). */
const LISTENS = '0A';

function socketsOf(pid: number): Set<string> {
  return new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
}

/** Where a process listens over TCP, IPv4 and IPv6, by the system's own tables. */
export function listenersOf(pid: number): Listener[] {
  const sockets = socketsOf(pid);
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => readFileSync(table, 'utf8').split('\n'));
  return rows
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENS && sockets.has(fields[9] ?? ''))
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      const bytes = (address.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16));
      return { host: address.length > 8 ? `IPv6 ${address}` : bytes.join('.'), port: Number.parseInt(port, 16) };
    });
}

/** Paths of Unix sockets on which a process listens. */
export function unixListenersOf(pid: number): string[] {
  const sockets = socketsOf(pid);
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '00010000' && sockets.has(fields[6] ?? ''))
    .map((fields) => fields[7] ?? '');
}

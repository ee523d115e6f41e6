import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import path from 'node:path';

export interface Outside {
  /** `host:port` of every connection that this process began, or the path of a socket. */
  readonly connects: readonly string[];
  /** Every file that it opened. */
  readonly opens: readonly string[];
  /** Forgets what was seen. */
  clear(): void;
  restore(): void;
}

type Anything = (...args: never[]) => unknown;

function placeOf(args: readonly unknown[]): string {
  const [first] = args;
  const options = (Array.isArray(first) ? first[0] : first) as { path?: string; host?: string; port?: number } | number;
  if (typeof options !== 'object') return `${String(args[1] ?? 'localhost')}:${options}`;
  return options.path ?? `${options.host ?? 'localhost'}:${options.port}`;
}

/** Notes, underneath every library, which connections this process begins and which files it opens. */
export function watchOutside(): Outside {
  const connects: string[] = [];
  const opens: string[] = [];
  const connect = net.Socket.prototype.connect as Anything;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    connects.push(placeOf(args));
    return connect.apply(this, args as never[]);
  } as typeof net.Socket.prototype.connect;

  const patched: (() => void)[] = [];
  function note<T extends object>(of: T, name: keyof T & string): void {
    const original = of[name] as Anything;
    of[name] = ((...args: unknown[]) => {
      const [file] = args;
      if (typeof file === 'string' || file instanceof URL || Buffer.isBuffer(file))
        opens.push(path.resolve(String(file)));
      return original.apply(of, args as never[]);
    }) as T[keyof T & string];
    patched.push(() => {
      of[name] = original as T[keyof T & string];
    });
  }
  for (const name of ['open', 'readFile', 'readdir', 'cp', 'copyFile'] as const) note(promises, name);
  for (const name of ['open', 'openSync', 'readFile', 'readFileSync', 'createReadStream'] as const) note(fs, name);
  syncBuiltinESMExports();

  return {
    connects,
    opens,
    clear() {
      connects.length = 0;
      opens.length = 0;
    },
    restore() {
      net.Socket.prototype.connect = connect as typeof net.Socket.prototype.connect;
      for (const undo of patched) undo();
      syncBuiltinESMExports();
    },
  };
}

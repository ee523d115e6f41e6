import { parseArgs } from 'node:util';
import { othersReach } from '../../loopback.ts';
import { withSettingFiles } from '../../settings/files.ts';
import { readVisionSettings, VISION_SETTINGS, type VisionSettings } from '../vision/settings.ts';
import { country } from './request.ts';

export const USAGE = `Usage: main.js --models-dir DIR [--image-dir DIR] [--image-url-origin ORIGIN]...
  [--host 127.0.0.1 [--open]] [--port 0] [--lanes 1] [--queue-limit 16]
  [--stop-grace-ms 4500] [--allowed-host NAME]... [--country CC] [--driver openai|anthropic [--second-opinion]]`;

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly imageDir: string | undefined;
  readonly modelsDir: string;
  readonly lanes: number;
  readonly queueLimit: number;
  /** After SIGTERM, what is being read has this long to finish. */
  readonly stopGraceMs: number;
  readonly origins: readonly string[];
  /** Names by which the service is called besides those of the loopback address. */
  readonly allowedHosts: readonly string[];
  /** Where receipts come from that no request says more of. */
  readonly country: string | undefined;
  /** Undefined: the lanes read alone. */
  readonly vision: { readonly settings: VisionSettings; readonly secondOpinion: boolean } | undefined;
}

/**
 * Reads the command line of the service.
 * @throws Error naming the flag that is not usable
 */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      open: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
      'image-dir': { type: 'string' },
      'models-dir': { type: 'string' },
      lanes: { type: 'string', default: '1' },
      'queue-limit': { type: 'string', default: '16' },
      'stop-grace-ms': { type: 'string', default: '4500' },
      'image-url-origin': { type: 'string', multiple: true, default: [] },
      'allowed-host': { type: 'string', multiple: true, default: [] },
      country: { type: 'string' },
      driver: { type: 'string' },
      'second-opinion': { type: 'boolean', default: false },
    },
  });
  const modelsDir = values['models-dir'];
  if (modelsDir === undefined) throw new Error('--models-dir is missing.');
  if (othersReach(values.host) && !values.open) {
    throw new Error(
      `--host is ${values.host}, which others can reach, and the agent asks nobody for a key. On a network of your own add --open; else listen on 127.0.0.1.`,
    );
  }
  return {
    host: values.host,
    port: count('--port', values.port, 0, 65_535),
    imageDir: values['image-dir'],
    modelsDir,
    lanes: count('--lanes', values.lanes, 1, 64),
    queueLimit: count('--queue-limit', values['queue-limit'], 0, 100_000),
    stopGraceMs: count('--stop-grace-ms', values['stop-grace-ms'], 0, 3_600_000),
    origins: originsOf(values['image-url-origin'], env),
    allowedHosts: [values.host, ...values['allowed-host']].map((name) => name.toLowerCase()),
    country: countryOf(values.country),
    vision: visionOf(values.driver, values['second-opinion'], env),
  };
}

/** The key comes from the environment or a file: a command line can be read by every user of the machine. */
function visionOf(driver: string | undefined, secondOpinion: boolean, given: NodeJS.ProcessEnv): Settings['vision'] {
  if (driver === undefined) {
    if (secondOpinion) throw new Error('--second-opinion needs --driver.');
    return undefined;
  }
  const env = withSettingFiles(given, Object.keys(VISION_SETTINGS));
  return { settings: readVisionSettings(driver, env), secondOpinion };
}

function countryOf(flag: string | undefined): string | undefined {
  if (flag === undefined) return undefined;
  const { data } = country.safeParse(flag);
  if (data === undefined)
    throw new Error(`--country must be two letters of a country the reader knows, not "${flag}".`);
  return data;
}

/** Without the flag those of the queue's own store, as its settings name them. */
function originsOf(flags: readonly string[], { S3_ENDPOINT, S3_PUBLIC_ENDPOINT }: NodeJS.ProcessEnv): string[] {
  const given = flags.length > 0 ? flags : [S3_PUBLIC_ENDPOINT, S3_ENDPOINT].filter((origin) => origin !== undefined);
  return given.filter((origin) => origin !== '').map((origin) => new URL(origin).origin);
}

function count(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`${flag} must be a whole number from ${min} to ${max}, not "${text}".`);
  return value;
}

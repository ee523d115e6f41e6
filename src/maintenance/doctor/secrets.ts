import type { Config } from '../../config.ts';
import type { OwnerRecord } from '../../embedded/owner-file.ts';

/** Shorter ones would be found in every text. */
const SHORTEST = 4;

/** Every secret that a look may have in its hands. */
export function secretsOf(
  config: Config | undefined,
  owner: OwnerRecord | undefined,
  key: string | undefined,
): string[] {
  const urls = [config?.databaseUrl, config?.listenUrl, owner?.database_url, config?.agent.url];
  const { s3 } = config?.images ?? {};
  const all = [
    ...urls.flatMap(passwordsIn),
    ...[key, owner?.key, s3?.secretAccessKey, s3?.accessKeyId, process.env.TEMPORAL_API_KEY],
    ...Object.values(config?.traces.headers ?? {}),
  ];
  return [...new Set(all.filter((secret) => secret !== undefined && secret.length >= SHORTEST))] as string[];
}

/** As it is written in the address, and as it is meant. */
function passwordsIn(url: string | undefined): string[] {
  const written = url === undefined ? undefined : /^[a-z+]+:\/\/[^/@]*?:([^/@]*)@/.exec(url)?.[1];
  if (!written) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

/** @returns the text with `…` in the place of each secret */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, '…'), text);

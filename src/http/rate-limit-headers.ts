import type { LimitLeft } from '../contract/errors.ts';

/** What is left of limits, as the IETF draft on rate-limit fields writes it: a policy each, and where it stands. */
export function rateLimitHeaders(limits: readonly LimitLeft[]): Readonly<Record<string, string>> {
  if (limits.length === 0) return {};
  const each = (parameters: (limit: LimitLeft) => string) =>
    limits.map((limit) => `"${limit.name}";${parameters(limit)}`).join(', ');
  return {
    'ratelimit-policy': each(({ limit, window_s }) => `q=${limit}${window_s === undefined ? '' : `;w=${window_s}`}`),
    ratelimit: each(({ remaining, reset_s }) => `r=${remaining}${reset_s === undefined ? '' : `;t=${reset_s}`}`),
  };
}

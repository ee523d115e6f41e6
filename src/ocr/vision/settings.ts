import { z } from 'zod';

export const DRIVERS = ['openai', 'anthropic'] as const;
export type Driver = (typeof DRIVERS)[number];

const whole = (description: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ description: `${description} ${min} to ${max}.` });

/** Billionths, so that sums of prices are exact. */
const price = (description: string) =>
  z
    .string()
    .regex(/^\d{1,6}(\.\d{1,6})?$/, 'must be a decimal number, as 0.15')
    .meta({ description });

/** What a vision model is asked with, by the names of the variables of the agent's process. */
export const VISION_SETTINGS = {
  VISION_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .refine((text) => {
      const { username, password, search, hash } = new URL(text);
      return [username, password, search, hash].every((part) => part === '');
    }, 'must have no user name, password, query or fragment')
    .meta({
      description:
        'Base address of the model: what stands before `/chat/completions` (openai) or `/v1/messages` (anthropic). Default: that of the driver’s namesake.',
    })
    .optional(),
  VISION_MODEL: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}$/, 'must be 1 to 64 letters, digits or . _ : / @ -')
    .meta({ description: 'Name of the model, as the address knows it. Needed with `--driver`.' })
    .optional(),
  VISION_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 characters of ASCII without spaces')
    .meta({ description: 'Key of the address. A server of your own may need none.' })
    .optional(),
  VISION_TIMEOUT: whole('Seconds that one question to the model may take, and nothing longer.', 1, 600).default(120),
  VISION_MAX_TOKENS: whole(
    'Tokens that one answer may have; a longer one is cut off and not used.',
    256,
    32_000,
  ).default(4_000),
  VISION_PRICE_INPUT: price(
    'What a million tokens of questions cost: `0.15`. With both prices each reply names its cost.',
  ).optional(),
  VISION_PRICE_OUTPUT: price('What a million tokens of answers cost: `0.60`.').optional(),
  VISION_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters, as in USD')
    .meta({ description: 'Currency of these prices.' })
    .default('USD'),
} as const;

const schema = z.object(VISION_SETTINGS);

export interface VisionSettings {
  readonly driver: Driver;
  /** Without a slash at its end. */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly maxTokens: number;
  readonly prices: { readonly input: string; readonly output: string; readonly currency: string } | undefined;
}

const ADDRESSES: Readonly<Record<Driver, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
};

/**
 * @param env with the key in place of its file
 * @throws Error naming each variable that is wrong, never what it holds: it may be the key
 */
export function readVisionSettings(driver: string, env: Readonly<Record<string, string | undefined>>): VisionSettings {
  const known = DRIVERS.find((each) => each === driver);
  if (known === undefined) throw new Error(`--driver must be ${DRIVERS.join(' or ')}.`);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}.`).join(' '));
  }
  const settings = parsed.data;
  if (settings.VISION_MODEL === undefined) throw new Error(`VISION_MODEL is not set; --driver ${known} needs it.`);
  const { VISION_PRICE_INPUT: input, VISION_PRICE_OUTPUT: output } = settings;
  if ((input === undefined) !== (output === undefined)) {
    throw new Error('VISION_PRICE_INPUT and VISION_PRICE_OUTPUT are set together, or neither.');
  }
  return {
    driver: known,
    url: (settings.VISION_URL ?? ADDRESSES[known]).replace(/\/+$/, ''),
    model: settings.VISION_MODEL,
    key: settings.VISION_API_KEY,
    timeoutMs: settings.VISION_TIMEOUT * 1_000,
    maxTokens: settings.VISION_MAX_TOKENS,
    prices:
      input === undefined || output === undefined ? undefined : { input, output, currency: settings.VISION_CURRENCY },
  };
}

import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { AUTH } from '../settings/access.ts';
import { withSettingFiles } from '../settings/files.ts';

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
  AUTH: z.enum(AUTH).default('open'),
  AGENT_URL: z.url().optional(),
  AGENT_LANES: z.coerce.number().int().min(1).max(32).default(1),
});

export interface EmbeddedSettings {
  readonly host: string;
  readonly port: number;
  readonly auth: (typeof AUTH)[number];
  /** Set: an agent that runs elsewhere, and no embedded one is started. */
  readonly agentUrl: string | undefined;
  /** Receipts the embedded agent reads at once. */
  readonly agentLanes: number;
}

/**
 * What the environment says to `up` itself. Not `src/config.ts`: that one is for the processes `up` starts, and its
 * defaults hide whether AGENT_URL was set.
 * @throws AppError `invalid_argument`, naming the variable
 */
export function embeddedSettings(env: Readonly<Record<string, string | undefined>> = process.env): EmbeddedSettings {
  // A variable that is set to nothing counts as not set, as in `PORT= pantry-queue up`.
  const told = withSettingFiles(env, Object.keys(environment.shape));
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(told).filter(([, value]) => value !== '')));
  if (!parsed.success) {
    throw new AppError('invalid_argument', `The environment is not usable:\n${z.prettifyError(parsed.error)}`, {
      hint: 'Correct or unset the variable and start again.',
    });
  }
  const { HOST, PORT, AUTH: auth, AGENT_URL, AGENT_LANES } = parsed.data;
  return { host: HOST, port: PORT, auth, agentUrl: AGENT_URL, agentLanes: AGENT_LANES };
}

import type { Operation } from '../contract/operation.ts';
import { type ConnectionFlags, commandFlags } from './connection.ts';
import { ask, print, printJson, say } from './output.ts';

/** What a call over many jobs answers before it is confirmed, as far as a command looks at it. */
interface Preview {
  readonly would_affect?: number | undefined;
  readonly confirm_token?: string | undefined;
  readonly expires_at?: string | undefined;
}

export interface ConfirmFlags extends ConnectionFlags {
  readonly yes?: boolean;
}

/** Does it change nothing until its preview is confirmed? */
export const hasPreview = ({ input }: Operation): boolean => Object.hasOwn(input.shape, 'confirm_token');

/** What a command does with an answer that may be a preview. */
export interface Confirming<Output> {
  readonly flags: ConfirmFlags;
  /** `failed clear` */
  readonly words: string;
  /** What the answer says to a person. */
  textOf(output: Output): readonly string[];
  /** The same call, with the token of a preview. */
  confirm(token: string): Promise<Output>;
  /** Is there a person who can be asked? */
  readonly isTerminal: boolean;
  /** Default: at the terminal. */
  ask?(question: string): Promise<boolean>;
}

/**
 * Confirms at once with `--yes`; asks a person at a terminal; otherwise shows the preview, with the command that
 * confirms it. `--json` shows the object in every case.
 */
export async function confirmed<Output extends object>(output: Output, how: Confirming<Output>): Promise<void> {
  const { flags, words, textOf } = how;
  const { confirm_token: token, would_affect: jobs = 0, expires_at: until } = output as Preview;
  const show = (answer: Output) => (flags.json ? printJson(answer) : print(...textOf(answer)));
  if (token === undefined || jobs === 0) return show(output);
  if (flags.yes) return show(await how.confirm(token));
  show(output);
  if (flags.json) return;
  if (!how.isTerminal) {
    const command = `pantry-queue ${words} --confirm-token ${token}${commandFlags(flags)}`;
    print(`Nothing has been changed. Do it until ${until} with:`, `  ${command}`);
    return;
  }
  if (await (how.ask ?? ask)('Do it? [y/N] ')) show(await how.confirm(token));
  else say('Nothing has been changed.');
}

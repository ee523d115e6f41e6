import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConfirmFlags, confirmed } from '../../src/cli/confirm.ts';

interface Answer {
  readonly would_affect?: number;
  readonly confirm_token?: string;
  readonly expires_at?: string;
  readonly cleared?: number;
}

const PREVIEW: Answer = { would_affect: 2, confirm_token: 'c1.x.y', expires_at: '2026-01-31T12:00:00.000Z' };
const DONE: Answer = { cleared: 2 };

let out = '';
let err = '';

function caught(stream: NodeJS.WriteStream, keep: (text: string) => void): void {
  vi.spyOn(stream, 'write').mockImplementation((text) => {
    keep(String(text));
    return true;
  });
}

beforeEach(() => {
  out = '';
  err = '';
  caught(process.stdout, (text) => {
    out += text;
  });
  caught(process.stderr, (text) => {
    err += text;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** @returns the tokens that were confirmed */
async function run(answer: Answer, flags: ConfirmFlags, terminal?: { says: boolean }): Promise<string[]> {
  const tokens: string[] = [];
  await confirmed(answer, {
    flags,
    words: 'failed clear',
    textOf: ({ would_affect, cleared }) => [
      cleared === undefined ? `would clear ${would_affect}` : `cleared ${cleared}`,
    ],
    async confirm(token) {
      tokens.push(token);
      return DONE;
    },
    isTerminal: terminal !== undefined,
    ask: async () => terminal?.says ?? false,
  });
  return tokens;
}

describe('a command whose call has a preview', () => {
  it('[Q6] shows the preview and the command that confirms it, where nobody can be asked', async () => {
    expect(await run(PREVIEW, { url: 'http://queue:8000' })).toEqual([]);
    expect(out).toBe(
      [
        'would clear 2',
        'Nothing has been changed. Do it until 2026-01-31T12:00:00.000Z with:',
        '  pantry-queue failed clear --confirm-token c1.x.y --url http://queue:8000',
        '',
      ].join('\n'),
    );
  });

  it('[Q6] asks the person at a terminal after the preview, and does what that person says', async () => {
    expect(await run(PREVIEW, {}, { says: true })).toEqual(['c1.x.y']);
    expect(out).toBe('would clear 2\ncleared 2\n');
    out = '';
    expect(await run(PREVIEW, {}, { says: false })).toEqual([]);
    expect(out).toBe('would clear 2\n');
    expect(err).toContain('Nothing has been changed.');
  });

  it('[Q6] acts at once with --yes, and shows what it has done', async () => {
    expect(await run(PREVIEW, { yes: true })).toEqual(['c1.x.y']);
    expect(out).toBe('cleared 2\n');
    out = '';
    expect(await run(PREVIEW, { yes: true, json: true })).toEqual(['c1.x.y']);
    expect(JSON.parse(out)).toEqual(DONE);
  });

  it('[Q6] gives programs the preview as JSON and asks nothing, also at a terminal', async () => {
    expect(await run(PREVIEW, { json: true }, { says: true })).toEqual([]);
    expect(JSON.parse(out)).toEqual(PREVIEW);
  });

  it('[Q6] asks nothing where no job fits, or where the call was the confirmation', async () => {
    expect(await run({ ...PREVIEW, would_affect: 0 }, {}, { says: true })).toEqual([]);
    expect(await run(DONE, { yes: true }, { says: true })).toEqual([]);
    expect(out).toBe('would clear 0\ncleared 2\n');
  });
});

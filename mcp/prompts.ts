import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { cleanLine, quoted } from '../src/contract/clean-text.ts';
import type { ToolDeps } from './call-tool.ts';
import { PROMPTS, type PromptWords } from './prompt-texts.ts';
import { serveRequest } from './serve-request.ts';
import { isReadOnly } from './tools/offered.ts';

/** The list is one for all who may change something, and one for readers; nothing of it is asked of the queue. */
export function servePrompts(server: Server, deps: ToolDeps): void {
  const offered = PROMPTS.filter(({ writes = false }) => !(writes && isReadOnly(deps)));
  const listed = offered.map(({ text: _, writes: _writes, arguments: taken, ...words }) => ({
    ...words,
    ...(taken.length === 0 ? {} : { arguments: [...taken] }),
  }));
  server.setRequestHandler('prompts/list', () => ({ prompts: listed }));
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: given = {} } }, context) =>
    serveRequest({ prompt: cleanLine(name, 60) }, context, deps, async () => {
      const prompt = offered.find((each) => each.name === name);
      if (!prompt) throw unknownPrompt(name, offered);
      const { description, text } = prompt;
      return { description, messages: [{ role: 'user', content: { type: 'text', text: text(given) } }] };
    }),
  );
}

function unknownPrompt(name: string, offered: readonly PromptWords[]): ProtocolError {
  const names = offered.map((each) => each.name).join(', ');
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt ${quoted(name)}. Prompts: ${names}.`);
}

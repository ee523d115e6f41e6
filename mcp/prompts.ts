import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { cleanLine, quoted } from '../src/contract/clean-text.ts';
import type { ToolDeps } from './call-tool.ts';
import { PROMPTS } from './prompt-texts.ts';
import { serveRequest } from './serve-request.ts';

/** The list is the same for everybody; nothing of it is asked of the queue. */
export function servePrompts(server: Server, deps: ToolDeps): void {
  const listed = PROMPTS.map(({ text: _, arguments: taken, ...words }) => ({
    ...words,
    ...(taken.length === 0 ? {} : { arguments: [...taken] }),
  }));
  server.setRequestHandler('prompts/list', () => ({ prompts: listed }));
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: given = {} } }, context) =>
    serveRequest({ prompt: cleanLine(name, 60) }, context, deps, async () => {
      const prompt = PROMPTS.find((each) => each.name === name);
      if (!prompt) throw unknownPrompt(name);
      const { description, text } = prompt;
      return { description, messages: [{ role: 'user', content: { type: 'text', text: text(given) } }] };
    }),
  );
}

function unknownPrompt(name: string): ProtocolError {
  const names = PROMPTS.map((each) => each.name).join(', ');
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt ${quoted(name)}. Prompts: ${names}.`);
}

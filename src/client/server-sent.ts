import { AppError } from '../contract/errors.ts';

/** What one block of a server-sent stream says; a block without data only moves the reader on. */
export interface Block {
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/** More is no event of ours. */
const MAX_BLOCK_CHARS = 1024 * 1024;

/**
 * Reads server-sent events as they arrive.
 * @param onBytes called whenever something came, be it a comment
 * @throws AppError internal when a block is larger than any of a queue; whatever the body's reading throws
 */
export async function* readBlocks(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<Block, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    onBytes();
    const blocks = (rest + decoder.decode(bytes, { stream: true })).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > MAX_BLOCK_CHARS) throw new AppError('internal', 'An event is larger than any of a queue.');
    for (const block of blocks) yield blockOf(block);
  }
}

function blockOf(text: string): Block {
  const fields = text.split('\n').map((line): [string, string] => {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    return [name, value];
  });
  const valuesOf = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
  const data = valuesOf('data');
  return { id: valuesOf('id').at(-1), data: data.length === 0 ? undefined : data.join('\n') };
}

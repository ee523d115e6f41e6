import { DockerfileParser, type Instruction as Line, type ModifiableInstruction } from 'dockerfile-ast';

export interface Instruction {
  readonly keyword: string;
  /** What follows the keyword and its flags, on one line. */
  readonly text: string;
  /** `--interval=10s` → `interval: '10s'` */
  readonly flags: Readonly<Record<string, string>>;
  /** Of the exec form; undefined where it is a shell's line. */
  readonly words: readonly string[] | undefined;
}

interface BuildStage {
  readonly name: string;
  /** An image with its tag, or an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** What a stage is once built, with what it has from the stages that it stands on. */
export interface Stage {
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string | undefined;
  readonly stopSignal: string | undefined;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  /** Folders that every user may write to. */
  readonly writable: readonly string[];
  /** Top-level folders of ours in it. */
  readonly folders: readonly string[];
}

/** The stages of a Dockerfile, in order. */
export function stagesOf(text: string): BuildStage[] {
  const parsed = DockerfileParser.parse(text);
  const args = Object.fromEntries(
    parsed.getInitialARGs().map((arg) => [arg.getProperty()?.getName(), arg.getProperty()?.getValue()]),
  );
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of parsed.getInstructions()) {
    const instruction = readInstruction(line);
    if (instruction.keyword === 'FROM') {
      const [base = '', , name = ''] = instruction.text.split(/\s+/);
      stages.push({ name, base: base.replace(/\$\{(\w+)\}/, (_, arg) => args[arg] ?? ''), instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function readInstruction(line: Line): Instruction {
  const text = line.getArgumentsContent() ?? '';
  const flags = 'getFlags' in line ? (line as ModifiableInstruction).getFlags() : [];
  // A health check names its form before its words.
  const list = text.replace(/^CMD\s+/, '');
  return {
    keyword: line.getKeyword(),
    text,
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    words: list.startsWith('[') ? (JSON.parse(list) as string[]) : undefined,
  };
}

/** One stage with all that it stands on. */
export function stageOf(text: string, target: string): Stage {
  const all = stagesOf(text);
  const chain: BuildStage[] = [];
  for (let stage = find(all, target); stage; stage = find(all, stage.base)) chain.unshift(stage);
  if (chain.length === 0) throw new Error(`The Dockerfile has no stage "${target}".`);
  const lines = chain.flatMap(({ instructions }) => instructions);
  const last = (keyword: string) => lines.findLast((line) => line.keyword === keyword);
  const copies = lines
    .filter(({ keyword }) => keyword === 'COPY')
    .map(({ flags, text: places }) => {
      const [from = '', to = ''] = places.split(/\s+/);
      return { from: `${flags.from ?? ''} ${from}`.trim(), to };
    });
  const writable = lines.flatMap(({ keyword, text: command }) =>
    keyword === 'RUN' ? [...command.matchAll(/^mkdir -m 1777 (\S+)$/g)].map(([, folder = '']) => folder) : [],
  );
  return {
    env: Object.fromEntries(
      lines
        .filter(({ keyword }) => keyword === 'ENV')
        .flatMap(({ text: pairs }) => pairs.split(/\s+/).map((pair) => pair.split('=') as [string, string])),
    ),
    workdir: last('WORKDIR')?.text ?? '/',
    user: last('USER')?.text,
    stopSignal: last('STOPSIGNAL')?.text,
    entrypoint: last('ENTRYPOINT')?.words ?? [],
    cmd: last('CMD')?.words ?? [],
    healthcheck: last('HEALTHCHECK')?.words ?? [],
    copies,
    writable,
    folders: [...new Set([...copies.map(({ to }) => to), ...writable.map((folder) => `${folder}/`)])],
  };
}

const find = (stages: readonly BuildStage[], name: string) => stages.find((stage) => stage.name === name);

import type { Command, Option } from 'commander';
import { wholeProgram } from '../../src/cli/program.ts';
import { DOCTOR_CHECKS } from '../../src/contract/doctor-report.ts';

/** Of every command that talks to a queue; said once. */
const SHARED: ReadonlySet<string> = new Set(['--key-file', '--key', '--url', '--data-dir', '--json']);

const HEAD = `# The command line

Made from the commands by \`npm run gen\`; every command says the same with \`--help\`. In a checkout \`pantry-queue\` is \`node dist/src/cli/main.js\`.

**Which queue.** \`--url\`, else \`PANTRY_QUEUE_URL\`, else the queue that runs on \`--data-dir\` (\`DATA_DIR\`, the user’s data folder), else \`http://127.0.0.1:8000\`. Its key: \`--key-file\`, else \`PANTRY_QUEUE_KEY\` or \`PANTRY_QUEUE_KEY_FILE\`; never on the command line.

**Output.** Answers go to stdout and news to stderr. \`--json\` gives the object of the operation, as HTTP and MCP do, one to a line; an error is a problem document with its code. Tables are at most 80 columns wide. On a terminal, \`job watch\`, \`batch watch\` and \`--wait\` are one line that is written over, and \`queue top\` is a page; in a pipe, with \`NO_COLOR\` or with \`TERM=dumb\` they are plain lines.

**Waiting.** What follows a job or a batch goes on through cut connections, proxies and restarts of the queue. Ctrl-C leaves the jobs alone and names the command that goes on.

**Many jobs.** A command over many jobs shows its preview and asks at a terminal; \`--yes\` acts at once; elsewhere it prints the command that confirms the preview (\`--confirm-token\`).

| exit code | means |
|---|---|
| 0 | done; of a wait: it finished |
| 1 | anything else, such as a job that did not finish |
| 2 | a wrong command, flag or value |
| 3 | what was named does not exist |
| 4 | the key is missing, or may not |
| 5 | the queue or a part of it is away, or the time of a wait was over |
| 6 | a conflict, such as a job that is active |
| 130 | Ctrl-C |

**Completion.** \`pantry-queue completion bash\`, \`zsh\` or \`fish\` prints a script; its \`--help\` says where each shell reads it.

## doctor

\`pantry-queue doctor\` looks at everything a queue stands on, each look with its own time limit, and none stops another. It prints \`✓\`, \`!\` (works, and somebody should know), \`✗\` or \`–\` (nothing to look at), and below what is not well the command that mends it. It reads the queue of a data folder or, where \`DATABASE_URL\` is set, the one that the settings name. It changes nothing: one small image is stored and removed again. Secrets are not printed. The exit code is that of the worst finding.

| look | at |
|---|---|
`;

const shortOf = (option: Option) => option.long ?? option.flags;
/** What Markdown would read as its own. */
const text = (words: string) => words.replaceAll('<', '\\<').replaceAll('|', '\\|').replaceAll('\n', ' ');

function usageOf(command: Command, words: readonly string[]): string {
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...words, ...args].join(' ');
}

function exampleOf(command: Command): string {
  const shown: string[] = [];
  command.configureOutput({ writeOut: (part) => void shown.push(part) }).outputHelp();
  return /Examples?:\n\s+(pantry-queue .+)/.exec(shown.join(''))?.[1] ?? '';
}

function commandLines(command: Command, words: readonly string[]): string[] {
  const options = command.options.filter((option) => !option.hidden && !SHARED.has(shortOf(option)));
  return [
    `### ${words.join(' ')}`,
    '',
    `\`pantry-queue ${usageOf(command, words)}\``,
    '',
    text(command.description()),
    '',
    ...options.map((option) => `- \`${option.flags}\`: ${text(option.description)}`),
    ...(options.length > 0 ? [''] : []),
    `Example: \`${exampleOf(command)}\``,
    '',
  ];
}

function linesOf(command: Command, words: readonly string[]): string[] {
  const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0 && words.length > 0;
  const own = words.length === 0 || (isGroup && words[0] !== 'migrate') ? [] : commandLines(command, words);
  const heading = isGroup ? [`## ${words.join(' ')}`, '', `${text(command.description())}.`, ''] : [];
  return [...heading, ...own, ...command.commands.flatMap((each) => linesOf(each, [...words, each.name()]))];
}

/** `docs/cli.md` */
export function cliPage(): string {
  const program = wholeProgram('0.0.0');
  const looks = Object.entries(DOCTOR_CHECKS).map(([name, about]) => `| \`${name}\` | ${about} |`);
  const alone = program.commands.filter((command) => command.commands.length === 0);
  const groups = program.commands.filter((command) => command.commands.length > 0);
  return `${HEAD}${looks.join('\n')}

## Commands of their own

${[
  ...alone.flatMap((command) => linesOf(command, [command.name()])),
  ...groups.flatMap((command) => linesOf(command, [command.name()])),
]
  .join('\n')
  .trimEnd()}
`;
}

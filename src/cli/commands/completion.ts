import { Argument, type Command } from 'commander';
import { printText } from '../output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `pantry-queue completion bash`: a script for a shell, on stdout. */
export function register(program: Command, whole: () => Command): void {
  program
    .command('completion')
    .description('print a script by which a shell completes commands, flags and values')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
bash:  pantry-queue completion bash > ~/.local/share/bash-completion/completions/pantry-queue
zsh:   pantry-queue completion zsh > ~/.zfunc/_pantry-queue    (with fpath=(~/.zfunc $fpath) before compinit)
fish:  pantry-queue completion fish > ~/.config/fish/completions/pantry-queue.fish

Example:
  pantry-queue completion bash`,
    )
    .action(async (shell: Shell) => {
      const [{ placesOf }, { bashScript, zshScript }, { fishScript }] = await Promise.all([
        import('../completion/tree.ts'),
        import('../completion/bash.ts'),
        import('../completion/fish.ts'),
      ]);
      const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
      printText(scripts[shell](placesOf(whole())).trimEnd());
    });
}

/** Where a command's words go: what it was asked for to stdout, how it fares to stderr. */
export interface Output {
  print(text: string): void;
  say(line: string): void;
}

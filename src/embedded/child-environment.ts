// Settings of another profile that happen to stand in the shell would point a child of ours at somebody else's servers.
const foreign = /^(TEMPORAL_|PG[A-Z]|DATABASE_(LISTEN_)?URL(_FILE)?$)/;

/** Our environment without what could lead a child astray, and with what the embedded profile decides. */
export function childEnvironment(decided: Readonly<Record<string, string>>): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !foreign.test(name) && !(name.replace(/_FILE$/, '') in decided)) inherited[name] = value;
  }
  return { ...inherited, ...decided };
}

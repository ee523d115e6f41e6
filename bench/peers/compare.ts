import type { Need, Peer } from './peers.ts';
import type { Figures, Outcome } from './table.ts';

export interface Comparing {
  /** Why something that peers need is not here; undefined where it is. */
  readonly missing: Readonly<Partial<Record<Need, string>>>;
  readonly say: (sentence: string) => void;
  /** Measures one peer. */
  measure(peer: Peer): Promise<Figures>;
}

/** One after the other. A peer that fails is told of with its reason, and holds up none of those after it. */
export async function compare(peers: readonly Peer[], { missing, say, measure }: Comparing): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const peer of peers) {
    const reason = peer.needs.map((need) => missing[need]).find((each) => each !== undefined);
    if (reason !== undefined) {
      outcomes.push({ peer, leftOut: reason });
      continue;
    }
    say(`${peer.title} …`);
    try {
      outcomes.push({ peer, figures: await measure(peer) });
    } catch (error) {
      const leftOut = `It failed: ${firstLine(error)}`;
      say(leftOut);
      outcomes.push({ peer, leftOut });
    }
  }
  return outcomes;
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

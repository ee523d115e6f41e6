/** What is in the engine, by whether it waits there or something is being done. */
export interface UnderWay {
  readonly open: number;
  readonly calls: number;
  readonly saves: number;
}

/** What a move would do. */
export interface MovePlan {
  readonly from: { readonly address: string; readonly namespace: string; readonly reachable: boolean };
  readonly to: { readonly address: string; readonly namespace: string };
  /** In the old engine now: all, calls of the agent among them, results that are being saved. */
  readonly under_way: UnderWay;
}

/** What it has done. */
export interface Moved extends MovePlan {
  /** Jobs that were taken out of the old engine, to be started in the new one. */
  readonly jobs: number;
  /** Workflows that were ended in the old engine; null = it could not be reached. */
  readonly ended_runs: number | null;
  /** Calls that had not ended in time; each reply is kept, whenever it comes. */
  readonly calls_left: number;
  /** Processes that still see the old engine: they must be restarted with the new settings. */
  readonly to_restart: readonly string[];
}

/** How the engine of a queue is. */
export interface EngineStatus {
  readonly address: string;
  readonly namespace: string;
  readonly reachable: boolean;
  /** What is wrong, and the next step; null while nothing is. */
  readonly trouble: string | null;
  readonly server_version: string | null;
  /** The queue moves, or its move was broken off. */
  readonly moving: boolean;
  /** Of each task queue, who takes tasks from it. */
  readonly task_queues: readonly { readonly name: string; readonly pollers: readonly string[] }[];
  /** Open runs of our workflow here: this queue's, and others'. */
  readonly runs: { readonly ours: number; readonly others: number } | null;
  /** What the ledger says is in the engine. */
  readonly ledger: UnderWay;
  /** Each process, and whether it sees this namespace. */
  readonly processes: readonly { readonly name: string; readonly here: boolean; readonly state: string | null }[];
}

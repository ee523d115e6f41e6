import { temporal } from '@temporalio/proto';

const { History } = temporal.api.history.v1;
export type HistoryMessage = temporal.api.history.v1.IHistory;

/** A history as JSON that people can read and a diff can show. */
export function historyToJson(history: HistoryMessage): object {
  return History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String });
}

export function historyFromJson(json: object): HistoryMessage {
  return History.fromObject(json);
}

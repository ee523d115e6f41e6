/**
 * Where people see the workflows of a namespace in Temporal's Web UI; behind a slash and a workflow id, that workflow.
 * @param ui the address of the Web UI
 */
export function workflowsPageOf(ui: string, namespace: string): string {
  return `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}

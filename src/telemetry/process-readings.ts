import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Reading, ReadingSource } from './registry.ts';

/** Coarse enough that an idle process stays idle. */
const RESOLUTION_MS = 50;

/** This process: what it uses, and how late its timers fire. The delay is watched from the first scrape on. */
export function createProcessReadings(of: {
  readonly process: 'server' | 'worker';
  readonly version: string;
}): ReadingSource {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const startedAt = Date.now() / 1_000 - process.uptime();

  function delays(): Reading[] {
    delay.enable();
    const readings = [0.5, 0.99, 1].map((quantile): Reading => {
      const ns = delay.percentile(quantile * 100);
      const lateMs = Math.max(0, ns / 1e6 - RESOLUTION_MS);
      return { name: 'pantry_event_loop_delay_seconds', labels: { quantile: String(quantile) }, value: lateMs / 1_000 };
    });
    delay.reset();
    return readings;
  }

  return () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const labels = { ...of, node: process.version };
    return [
      { name: 'pantry_build_info', labels, value: 1 },
      { name: 'process_cpu_seconds_total', value: (user + system) / 1e6 },
      { name: 'process_resident_memory_bytes', value: rss },
      { name: 'process_start_time_seconds', value: startedAt },
      { name: 'nodejs_heap_used_bytes', value: heapUsed },
      ...delays(),
    ];
  };
}

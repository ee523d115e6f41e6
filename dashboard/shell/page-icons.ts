import {
  CalendarClock,
  CircleX,
  Code,
  Cpu,
  Eye,
  Layers,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Receipt,
  Webhook,
} from 'lucide-react';
import type { PageKey } from '../pages.ts';

/** The pictures of the navigation. */
export const PAGE_ICONS: Partial<Readonly<Record<PageKey, LucideIcon>>> = {
  overview: LayoutDashboard,
  jobs: ListChecks,
  failed: CircleX,
  review: Eye,
  receipts: Receipt,
  batches: Layers,
  schedules: CalendarClock,
  webhooks: Webhook,
  workers: Cpu,
  api: Code,
};

/** The pictures of states. Each stands beside its word, never alone. */
import { Calendar, Check, Clock, Eye, type LucideIcon, Minus, Pause, Play, X } from 'lucide-react';
import type { StateIcon } from '../words/states.ts';

export const STATE_ICONS: Readonly<Record<StateIcon, LucideIcon>> = {
  calendar: Calendar,
  clock: Clock,
  play: Play,
  pause: Pause,
  check: Check,
  cross: X,
  dash: Minus,
  eye: Eye,
};

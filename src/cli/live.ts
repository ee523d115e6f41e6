import { durationText } from '../words/duration.ts';
import { endProgress, showProgress } from './output.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 120;

/** A line on a live terminal that shows that something goes on, and for how long. */
export interface LiveLine {
  show(line: string): void;
  end(): void;
}

/** Nothing is shown before the first line. */
export function createLiveLine(): LiveLine {
  const beganAt = Date.now();
  let line: string | undefined;
  let frame = 0;
  const draw = () => {
    if (line === undefined) return;
    const mark = FRAMES[frame % FRAMES.length] ?? '';
    showProgress(`${mark} ${durationText((Date.now() - beganAt) / 1_000)}  ${line}`);
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, FRAME_MS);
  timer.unref();
  return {
    show(next) {
      line = next;
      draw();
    },
    end() {
      clearInterval(timer);
      endProgress();
    },
  };
}

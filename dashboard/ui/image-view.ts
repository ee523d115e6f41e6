import Panzoom, { type PanzoomObject } from '@panzoom/panzoom';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Region } from '../words/evidence.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MOST_SCALE = 8;
/** Parts of the view: how much of it a value fills that is looked at, and how far one arrow moves. */
const FILLED = 0.75;
const FOLLOW_SCALE = 2.5;
const STEP_PX = 60;
const STILL = { animate: false } as const;

/** Zoom and movement of a page in its view; the plain wheel scrolls what is around. */
export function usePanzoom(
  view: RefObject<HTMLElement | null>,
  page: RefObject<HTMLElement | null>,
  of: Size | undefined,
) {
  const panzoom = useRef<PanzoomObject>(undefined);
  const wanted = useRef<Region>(undefined);
  const [scale, setScale] = useState(1);
  const [width, height] = [of?.width ?? 0, of?.height ?? 0];
  useEffect(() => {
    const [outer, inner] = [view.current, page.current];
    if (!outer || !inner || width === 0) return undefined;
    fitPage(outer, inner, { width, height });
    const object = Panzoom(inner, {
      maxScale: MOST_SCALE,
      minScale: 1,
      touchAction: 'pan-y',
      cursor: 'grab',
      ...STILL,
    });
    panzoom.current = object;
    // Panzoom itself goes to its start in a task of its own.
    const timer = setTimeout(() => wanted.current && showIn(outer, inner, object, wanted.current));
    const changed = () => setScale(object.getScale());
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey) object.zoomWithWheel(event, STILL);
    };
    let seen = `${outer.clientWidth}/${outer.clientHeight}`;
    const observer = new ResizeObserver(() => {
      const now = `${outer.clientWidth}/${outer.clientHeight}`;
      if (now === seen) return;
      seen = now;
      fitPage(outer, inner, { width, height });
      // A move of before would lie outside of the view that is now.
      if (wanted.current) showIn(outer, inner, object, wanted.current);
      else object.reset(STILL);
    });
    observer.observe(outer);
    inner.addEventListener('panzoomchange', changed);
    outer.addEventListener('wheel', wheel, { passive: false });
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      inner.removeEventListener('panzoomchange', changed);
      outer.removeEventListener('wheel', wheel);
      object.destroy();
      panzoom.current = undefined;
    };
  }, [view, page, width, height]);

  return {
    scale,
    zoomBy(factor: number) {
      const object = panzoom.current;
      object?.zoom(object.getScale() * factor, STILL);
    },
    reset() {
      panzoom.current?.reset(STILL);
    },
    moveBy(right: number, down: number) {
      panzoom.current?.pan(right * STEP_PX, down * STEP_PX, { relative: true, ...STILL });
    },
    /** Brings a part of the page to the middle of the view, as large as it fits, and no larger than can be read well. */
    showRegion(region: Region) {
      wanted.current = region;
      const [outer, inner, object] = [view.current, page.current, panzoom.current];
      if (outer && inner && object) showIn(outer, inner, object, region);
    },
  };
}

function showIn(outer: HTMLElement, inner: HTMLElement, object: PanzoomObject, region: Region): void {
  const [pageWidth, pageHeight] = [inner.offsetWidth, inner.offsetHeight];
  const fits = Math.min(
    (FILLED * outer.clientWidth) / (region.width * pageWidth),
    (FILLED * outer.clientHeight) / (region.height * pageHeight),
  );
  object.zoom(Math.min(FOLLOW_SCALE, Math.max(1, fits)), STILL);
  const x = (0.5 - region.x - region.width / 2) * pageWidth;
  const y = (0.5 - region.y - region.height / 2) * pageHeight;
  object.pan(x, y, STILL);
}

/** The largest box of the page's shape that the view holds. */
function fitPage(outer: HTMLElement, inner: HTMLElement, { width, height }: Size): void {
  const scale = Math.min(outer.clientWidth / width, outer.clientHeight / height);
  inner.style.width = `${width * scale}px`;
  inner.style.height = `${height * scale}px`;
}

import { Maximize2, Minus, Plus } from 'lucide-react';
import { type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { type Evidence, evidenceOf, type Region } from '../words/evidence.ts';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { type Size, usePanzoom } from './image-view.ts';
import { useKeys } from './keys.ts';
import styles from './page-image.module.css';

interface PageImageProps {
  readonly receiptId: number;
  /** Of the reading, as the agent gave it: in any form. */
  readonly evidence: unknown;
  /** The value that is looked at: a field's name, or `items/0`. */
  readonly active?: string | undefined;
}

/** The stored image of a receipt, upright, with the places where its values were read. */
export function PageImage({ receiptId, evidence, active }: PageImageProps) {
  const parsed = evidenceOf(evidence);
  const [size, setSize] = useState<Size>();
  const [source, setSource] = useState<'stored' | 'upright' | 'none'>('stored');
  const view = useRef<HTMLDivElement>(null);
  const page = useRef<HTMLDivElement>(null);
  // The server's copy of the whole page is upright already.
  const turnedDegrees = source === 'stored' ? parsed.turnedDegrees : 0;
  const upright = size && uprightOf(size, turnedDegrees);
  const { scale, zoomBy, reset, moveBy, showRegion } = usePanzoom(view, page, upright);
  const regions = regionsOf(parsed);
  const at = regions.find(({ id }) => id === active)?.region;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view follows the value that is looked at, not itself
  useEffect(() => {
    if (at && upright) showRegion(at);
  }, [active, upright?.width, upright?.height]);
  useKeys([
    ['+', () => zoomBy(1.4)],
    ['Shift++', () => zoomBy(1.4)],
    ['-', () => zoomBy(1 / 1.4)],
    ['0', reset],
    ['ArrowLeft', () => moveBy(1, 0)],
    ['ArrowRight', () => moveBy(-1, 0)],
    // A whole page leaves these to the page around it, which they scroll.
    ...(scale > 1
      ? ([
          ['ArrowUp', () => moveBy(0, 1)],
          ['ArrowDown', () => moveBy(0, -1)],
        ] as const)
      : []),
  ]);

  const loaded = ({ currentTarget }: SyntheticEvent<HTMLImageElement>) =>
    setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight });
  return (
    <div className={styles.frame}>
      <div className={styles.bar} role="toolbar" aria-label="Image">
        <IconButton icon={Minus} label="Smaller (-)" onClick={() => zoomBy(1 / 1.4)} />
        <span className={styles.scale}>{Math.round(scale * 100)} %</span>
        <IconButton icon={Plus} label="Larger (+)" onClick={() => zoomBy(1.4)} />
        <IconButton icon={Maximize2} label="Whole page (0)" onClick={reset} />
      </div>
      <div ref={view} className={styles.view}>
        {source === 'none' ? (
          <p className={styles.message}>The image cannot be shown: it is not in the store, or no picture.</p>
        ) : (
          <div ref={page} className={styles.page} data-turned={turnedDegrees}>
            <img
              src={addressOf(receiptId, source)}
              alt={`Receipt ${receiptId}`}
              className={classNames(styles.image, styles[`turned${turnedDegrees}`])}
              style={upright ? imageBox(turnedDegrees, upright) : {}}
              draggable={false}
              onLoad={loaded}
              onError={() => setSource(source === 'stored' ? 'upright' : 'none')}
            />
            <svg
              className={styles.overlay}
              style={{ strokeWidth: 1 / scale }}
              viewBox="0 0 1 1"
              preserveAspectRatio="none"
              aria-hidden
            >
              {regions.map(({ id, region }) => (
                <rect
                  key={id}
                  {...region}
                  data-field={id}
                  className={classNames(styles.region, id === active && styles.active)}
                  {...(id === active ? { strokeWidth: 2 / scale } : {})}
                />
              ))}
            </svg>
          </div>
        )}
      </div>
    </div>
  );
}

/** A browser shows no HEIC or PDF: of those the server makes a picture of the whole page. */
function addressOf(receiptId: number, source: 'stored' | 'upright'): string {
  return `/receipts/${receiptId}/image${source === 'stored' ? '' : '?region=0,0,1,1'}`;
}

function regionsOf({ fields, items }: Evidence): { readonly id: string; readonly region: Region }[] {
  const ofFields = Object.entries(fields).map(([id, place]) => ({ id, region: place?.region }));
  const ofItems = items.map((place, at) => ({ id: `items/${at}`, region: place?.region }));
  return [...ofFields, ...ofItems].flatMap(({ id, region }) => (region ? [{ id, region }] : []));
}

const isAcross = (degrees: number): boolean => degrees === 90 || degrees === 270;

function uprightOf({ width, height }: Size, degrees: number): Size {
  return isAcross(degrees) ? { width: height, height: width } : { width, height };
}

/** The image before it is turned, in per cent of the upright page. */
function imageBox(degrees: number, { width, height }: Size) {
  if (!isAcross(degrees)) return { width: '100%', height: '100%' };
  return { width: `${(height / width) * 100}%`, height: `${(width / height) * 100}%` };
}

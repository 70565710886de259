// The three heights of the bottom sheet.
export const HEIGHTS = ['peek', 'half', 'full'] as const;
export type Height = (typeof HEIGHTS)[number];

/** The height nearest to a share of the window. */
export function nearest(share: number): Height {
  if (share < 0.3) return 'peek';
  return share < 0.7 ? 'half' : 'full';
}

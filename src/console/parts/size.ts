/** `1280×720`; empty where it is unknown. */
export const sizeText = (size: string | null): string => (size ?? '').replace(/\s*[x*]\s*/i, '×')

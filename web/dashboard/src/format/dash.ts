export const DASH = "–";

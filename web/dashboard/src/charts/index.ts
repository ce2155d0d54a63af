/** Charts, each with a text alternative. */

export { CandleChart } from "./candle-chart";
export { type Curve, CurveChart, type CurveChartProps } from "./curve-chart";
export { type Line, LineChart, type LineChartProps } from "./line-chart";
export { type Lane, type Span, Timeline, type TimelineProps } from "./timeline";

/** Marks of what took how long, for the browser's own tools and the benchmark. */

/** From the engine's start until everything that answers about a market is fetched and checked. */
export const BUNDLE_MEASURE = "bellwether bundle ready";
/** From a question to its answer: the rules and the model, in the worker. */
export const ANSWER_MEASURE = "bellwether answer";

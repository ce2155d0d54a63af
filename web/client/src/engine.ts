/** Engine: what runs a graph. Treaty: one graph a session; sessions are used one run at a time. */

import type { Tensors } from "./tensors.js";

/** A graph that is ready to run. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Return every output, in the graph's order. Whatever the engine throws comes through. */
  run(inputs: Tensors): Promise<Tensors>;
}

/** What opens graphs. */
export interface Engine {
  /** Return a session of a serialised ONNX graph. Whatever the engine throws comes through. */
  open(graph: Uint8Array): Promise<Session>;
}

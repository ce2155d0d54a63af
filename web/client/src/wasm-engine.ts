/** The engine: onnxruntime in WebAssembly, on one thread, its file from where the page says. */

import * as ort from "onnxruntime-web/wasm";

import type { Engine, Session } from "./engine.js";
import type { Kind, Tensor, Tensors } from "./tensors.js";

const OPTIONS: ort.InferenceSession.SessionOptions = {
  executionProviders: ["wasm"],
  executionMode: "sequential",
  // To rewrite a graph takes longer than a thousand runs of it gain, and moves its numbers by 3e-8.
  graphOptimizationLevel: "disabled",
  logSeverityLevel: 4,
  extra: { session: { load_model_format: "ONNX" } },
};
/** A module without content: the mark and the version that every one begins with. */
const NOTHING = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const KINDS: readonly string[] = ["float64", "float32", "int64", "int32", "bool", "int8", "uint8"];

/**
 * Return the engine.
 *
 * @param readWasm Gives its WebAssembly file; called at once, and again where that failed.
 *
 * Left to itself the engine would look for the file, write to the console what it raises anyway, and
 * guess the format of a graph.
 */
export function wasmEngine(readWasm: () => Promise<Uint8Array>): Engine {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  ort.env.logLevel = "fatal";
  const inTurn = turns();
  // On its way before the first graph has arrived; who needs it hears what became of it.
  let prepared: Promise<Uint8Array> | null = prepare(readWasm);
  prepared.catch(() => undefined);
  return {
    async open(graph: Uint8Array): Promise<Session> {
      const session = await inTurn(async () => {
        prepared ??= prepare(readWasm);
        try {
          ort.env.wasm.wasmBinary ??= await prepared;
        } finally {
          prepared = null;
        }
        return ort.InferenceSession.create(graph, OPTIONS);
      });
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        run: (inputs) => inTurn(() => run(session, inputs)),
      };
    },
  };
}

/** Return the WebAssembly file at an address. */
export async function fetchWasm(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the WebAssembly file: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Return the file once this page may run such a one, and it is one. */
async function prepare(readWasm: () => Promise<Uint8Array>): Promise<Uint8Array> {
  // The smallest module there is: a page whose policy forbids WebAssembly says so here.
  await WebAssembly.compile(NOTHING);
  const content = await readWasm();
  const isModule = NOTHING.every((byte, place) => content[place] === byte);
  if (!isModule) throw new Error("the WebAssembly file: something else is there");
  return content;
}

/** Return what lets one act begin when the one before has ended. */
function turns(): <Value>(act: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function run(session: ort.InferenceSession, inputs: Tensors): Promise<Tensors> {
  const feeds = Object.entries(inputs).map(([name, tensor]) => [name, toEngine(tensor)] as const);
  const outputs = await session.run(Object.fromEntries(feeds));
  const ordered = session.outputNames.map((name) => [name, fromEngine(outputs[name]!)] as const);
  return Object.fromEntries(ordered);
}

function toEngine(tensor: Tensor): ort.Tensor {
  return new ort.Tensor(tensor.kind, tensor.data as Float64Array, tensor.shape);
}

function fromEngine(tensor: ort.Tensor): Tensor {
  if (!KINDS.includes(tensor.type)) throw new TypeError(`an output of ${tensor.type}`);
  return { kind: tensor.type as Kind, shape: tensor.dims, data: tensor.data as Tensor["data"] };
}

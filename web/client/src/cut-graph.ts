/** A graph cut behind its features: what follows from them to the chance of a rise, and no more. */

import { bytesOf, numberOf, readFields, textsOf, writeFields } from "./protobuf.js";
import type { Field } from "./protobuf.js";

/** What the cut graph takes besides the state, and what it gives. */
export const FEATURES = "features";
export const EXPLAINED = "probability_up";
/** What each member counts on a row: an output of graphs in which that depends on the regime. */
export const REGIME_MEMBER_WEIGHT = "regime_member_weight";
const SOURCE = "bars";
const DOUBLE = 11;

// Numbers of fields, as ONNX counts them.
const MODEL = { irVersion: 1, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4 } as const;
const INITIALIZER_NAME = 8;
const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1, element: 1 } as const;

/** Thrown for a graph that is not made of features and what follows from them; says what it is. */
export class CannotExplain extends Error {}

interface Node {
  readonly message: Uint8Array;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Return the part of a bundle's graph from its scaled features to its chance of a rise.
 *
 * Of a graph whose members count by the regime, their weights on the row are an input too.
 *
 * @throws {CannotExplain} If outputs are not masked as ours are, or the chance rests on the bars
 * beside them.
 */
export function cutGraph(content: Uint8Array): Uint8Array {
  const model = readFields(content);
  const graph = readFields(bytesOf(model, MODEL.graph)[0] ?? new Uint8Array());
  const nodes = bytesOf(graph, GRAPH.node).map(readNode);
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const byRegime = named(graph, GRAPH.output, VALUE.name).filter(({ name }) => name === REGIME_MEMBER_WEIGHT);
  const wanted = [FEATURES, ...byRegime.map(({ name }) => name)];
  const cuts = new Map(wanted.map((name) => [unmasked(makers, name), name] as const));
  const chance = unmasked(makers, EXPLAINED);
  const read = walkBack(makers, chance, cuts);
  const given = [...cuts].filter(([tensor]) => read.has(tensor));
  if (read.has(SOURCE) || !given.some(([, name]) => name === FEATURES)) {
    throw new CannotExplain("one that rests on the bars otherwise than through features");
  }
  const kept = nodes.filter((node) => node.outputs.some((one) => !cuts.has(one) && read.has(one)));
  const state = named(graph, GRAPH.input, VALUE.name).filter(({ name }) => read.has(name));
  const constants = named(graph, GRAPH.initializer, INITIALIZER_NAME).filter(({ name }) => read.has(name));
  // Names of the whole graph's outputs are free again: their nodes are left out.
  const cut = writeFields([
    ...given.map(([tensor, name]) => [GRAPH.node, identity(name, tensor, `cut_${name}`)] as const),
    ...kept.map((node) => [GRAPH.node, node.message] as const),
    [GRAPH.node, identity(chance, EXPLAINED, "cut_chance")],
    [GRAPH.name, "bellwether"],
    ...constants.map(({ message }) => [GRAPH.initializer, message] as const),
    ...given.map(([, name]) => [GRAPH.input, tensorInfo(name, elementOf(graph, name))] as const),
    ...state.map(({ message }) => [GRAPH.input, message] as const),
    [GRAPH.output, tensorInfo(EXPLAINED, DOUBLE)],
  ]);
  const opsets = bytesOf(model, MODEL.opset).map((one) => [MODEL.opset, one] as const);
  return writeFields([[MODEL.irVersion, numberOf(model, MODEL.irVersion)], [MODEL.graph, cut], ...opsets]);
}

function readNode(message: Uint8Array): Node {
  const fields = readFields(message);
  return {
    message,
    operator: textsOf(fields, NODE.operator)[0] ?? "",
    inputs: textsOf(fields, NODE.input),
    outputs: textsOf(fields, NODE.output),
  };
}

/** Return what an output is where the bars are in order: it is NaN elsewhere. */
function unmasked(makers: ReadonlyMap<string, Node>, output: string): string {
  let node = makers.get(output);
  while (node?.operator === "Identity") node = makers.get(node.inputs[0] ?? "");
  const [, value] = node?.operator === "Where" && node.inputs.length === 3 ? node.inputs : [];
  if (value === undefined) throw new CannotExplain(`a graph whose ${output} is not masked`);
  return value;
}

/** Return all that the chance rests on, down to where the graph is cut. */
function walkBack(
  makers: ReadonlyMap<string, Node>,
  chance: string,
  cuts: ReadonlyMap<string, string>,
): Set<string> {
  const read = new Set([chance]);
  // Whatever is added while it is walked through has its turn.
  for (const tensor of read) {
    const node = cuts.has(tensor) ? undefined : makers.get(tensor);
    for (const input of node?.inputs ?? []) read.add(input);
  }
  return read;
}

function named(
  graph: readonly Field[],
  number: number,
  ofName: number,
): { readonly name: string; readonly message: Uint8Array }[] {
  return bytesOf(graph, number).map((message) => ({ name: textsOf(readFields(message), ofName)[0] ?? "", message }));
}

function elementOf(graph: readonly Field[], output: string): number {
  const info = named(graph, GRAPH.output, VALUE.name).find(({ name }) => name === output);
  const [type] = bytesOf(readFields(info?.message ?? new Uint8Array()), VALUE.type);
  const [tensor] = bytesOf(readFields(type ?? new Uint8Array()), TYPE.tensor);
  return numberOf(readFields(tensor ?? new Uint8Array()), TYPE.element);
}

function identity(input: string, output: string, name: string): Uint8Array {
  return writeFields([[NODE.input, input], [NODE.output, output], [NODE.name, name], [NODE.operator, "Identity"]]);
}

function tensorInfo(name: string, element: number): Uint8Array {
  const tensor = writeFields([[TYPE.element, element]]);
  return writeFields([[VALUE.name, name], [VALUE.type, writeFields([[TYPE.tensor, tensor]])]]);
}

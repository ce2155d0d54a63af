/** What goes wrong between page and service, as values with their facts. */

/** The service refused, and said why: its problem document (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
  readonly requestId: string;

  constructor(facts: Readonly<Record<string, unknown>>, status: number) {
    const title = text(facts.title) || `The service answered ${status}`;
    super(text(facts.detail) || title);
    this.name = "ProblemError";
    this.status = status;
    this.title = title;
    this.detail = text(facts.detail);
    this.expected = text(facts.expected);
    this.found = text(facts.was);
    this.hint = text(facts.hint);
    this.requestId = text(facts.request_id);
  }
}

/** No answer, or none that could be read: the service is down, or something in between. */
export class UnreachableError extends Error {
  readonly hint: string;

  constructor(why: string) {
    super(`The service cannot be reached: ${why}`);
    this.name = "UnreachableError";
    this.hint = "See whether `bellwether serve` is running, and try again.";
  }
}

/** Make a problem of whatever a refusal's body holds. */
export function readProblem(body: string, status: number): ProblemError {
  try {
    const facts: unknown = JSON.parse(body);
    if (typeof facts === "object" && facts !== null && !Array.isArray(facts)) {
      return new ProblemError(facts as Record<string, unknown>, status);
    }
  } catch {
    // A body that is no JSON comes from something in between, and is not shown.
  }
  return new ProblemError({}, status);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

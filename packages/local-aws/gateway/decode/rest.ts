/** Finds the operation of a REST service by method, path and query. */
import { shapeOf, type OperationModel, type ServiceModel } from "../models";

export interface RestRequest {
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  query: [name: string, value: string][];
  /** Lower-case names. */
  headers: Record<string, string>;
}

interface RestMatch {
  operation: OperationModel;
  /** Values of the path's labels by the label's name, decoded. */
  labels: Record<string, string>;
}

interface Route {
  operation: OperationModel;
  method: string;
  pattern: RegExp;
  labels: string[];
  literals: number;
  /** Query parameters of the URI itself; undefined stands for any value. */
  query: [name: string, value: string | undefined][];
  /** Names of query parameters and headers that a call of the operation must have. */
  requiredQuery: string[];
  requiredHeaders: string[];
}

const routesOf = new WeakMap<ServiceModel, Route[]>();

/** @returns the most specific operation that fits, or undefined. */
export function matchRest(model: ServiceModel, request: RestRequest): RestMatch | undefined {
  let routes = routesOf.get(model);
  if (!routes)
    routesOf.set(
      model,
      (routes = Object.values(model.operations).map((operation) => routeOf(model, operation))),
    );
  const query = new Map(request.query);
  let best: { route: Route; found: RegExpExecArray; score: number } | undefined;
  for (const route of routes) {
    if (route.method !== request.method) continue;
    const found = route.pattern.exec(request.path);
    if (!found || !fits(route, query, request.headers)) continue;
    const specific = route.query.length + route.requiredQuery.length + route.requiredHeaders.length;
    // A deprecated operation has a successor with the same URI.
    const score = specific * 100 + route.literals * 2 + (route.operation.deprecated === true ? 0 : 1);
    if (!best || score > best.score) best = { route, found, score };
  }
  if (!best) return undefined;
  const { route, found } = best;
  const labels = Object.fromEntries(
    route.labels.map((label, index) => [label, decode(found[index + 1] ?? "")]),
  );
  return { operation: route.operation, labels };
}

function fits(route: Route, query: Map<string, string>, headers: Record<string, string>): boolean {
  return (
    route.query.every(
      ([name, value]) => query.has(name) && (value === undefined || query.get(name) === value),
    ) &&
    route.requiredQuery.every((name) => query.has(name)) &&
    route.requiredHeaders.every((name) => headers[name] !== undefined)
  );
}

function routeOf(model: ServiceModel, operation: OperationModel): Route {
  const [path = "/", queryText = ""] = operation.http.requestUri.split("?");
  const labels: string[] = [];
  let literals = 0;
  const segments = path.split("/").map((segment) => {
    const pieces = segment.split(/\{([^}]+)\}/);
    return pieces
      .map((piece, index) => {
        if (index % 2 === 0) {
          if (piece !== "") literals += 1;
          return piece.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
        }
        labels.push(piece.replace("+", ""));
        return piece.endsWith("+") ? "(.+)" : "([^/]+)";
      })
      .join("");
  });
  const query = [...new URLSearchParams(queryText)].map(([name, value]): [string, string | undefined] => [
    name,
    value === "" ? undefined : value,
  ]);
  const input = operation.input && shapeOf(model, operation.input);
  const required = (location: string) =>
    (input?.required ?? [])
      .filter((name) => input?.members?.[name]?.location === location)
      .map((name) => input?.members?.[name]?.locationName ?? name);
  return {
    operation,
    method: operation.http.method,
    // A trailing slash is ignored, except inside a key.
    pattern: new RegExp(`^${segments.join("/").replace(/\/$/, "")}/?$`),
    labels,
    literals,
    query,
    requiredQuery: required("querystring"),
    requiredHeaders: required("header").map((name) => name.toLowerCase()),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

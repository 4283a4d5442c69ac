/** What a call meets on its way: asked before it is forwarded. */
import { setTimeout as sleep } from "node:timers/promises";
import type { IncomingMessage } from "node:http";
import { BoundedBody, MAXIMUM_KEPT_BYTES, plainBody } from "./body";
import { identify } from "./identify";
import type { OperationModel, Protocol, ServiceModels } from "./models";
import { isReadOnly } from "./read-only";
import type { RestRequest } from "./decode/rest";
import type { Signature } from "./signature";

/** A call before it is made. */
export interface WeatheredCall {
  operation: OperationModel;
  protocol: Protocol;
  readOnly: boolean;
  /** The caller's: 12 digits. */
  account: string;
  /** The caller is the root user of an account. */
  root: boolean;
  region: string;
}

export interface Forecast {
  /** How long the call waits. */
  milliseconds: number;
  /** The answer, if the call never arrives. */
  refusal?: { status: number; headers: Record<string, string>; body: Buffer };
  /** What the emulator must do with it; see emulator/weather.py. */
  inside?: string;
}

export interface CallWeather {
  /** Whether calls need a forecast at all. */
  readonly changesCalls: boolean;
  forecast(call: WeatheredCall): Forecast;
}

/** How the emulator is told. Clients can't send it. */
export const WEATHER_HEADER = "x-local-aws-weather";

export interface Met {
  /** Already read from the client. */
  body?: Buffer;
  forecast?: Forecast;
}

/** Waits as long as the forecast says. A call that can't be identified, or is too long to keep, meets no weather. */
export async function meet(
  weather: CallWeather,
  models: ServiceModels,
  incoming: IncomingMessage,
  request: RestRequest,
  signature: Signature,
  account: string,
): Promise<Met> {
  // Bodies of S3 are streams, and its operations are known without.
  const body = signature.signingName === "s3" ? undefined : await bodyOf(incoming);
  const identified = await identify(
    models,
    signature.signingName,
    request.headers["host"] ?? "",
    request,
    body && plainBody(body, request.headers),
  ).catch(() => undefined);
  if (!identified) return { body };
  const { operation, protocol } = identified;
  const forecast = weather.forecast({
    operation,
    protocol,
    readOnly: isReadOnly(operation.service.name, operation.name),
    account,
    root: /^\d{12}$/.test(signature.accessKeyId),
    region: signature.region,
  });
  if (forecast.milliseconds > 0) await sleep(forecast.milliseconds);
  return { body, forecast };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const body = new BoundedBody(MAXIMUM_KEPT_BYTES);
  for await (const chunk of incoming) body.add(chunk as Buffer);
  const whole = body.whole();
  if (!whole) throw new Error(`In weather a call may have ${MAXIMUM_KEPT_BYTES} bytes; this one has more.`);
  return whole;
}

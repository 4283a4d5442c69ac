import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Emulator } from "../emulator/emulator";
import type { ApiCall } from "./api-call";
import { startGateway, type Gateway } from "./gateway";

const AUTHORIZATION = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=333333333333/20260102/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

interface ForwardedRequest {
  url: string;
  headers: IncomingHttpHeaders;
  body: number;
}

describe("The gateway", () => {
  let folder: string;
  let upstream: Server;
  let answer: { status: number; body: string; delay?: number };
  let forwarded: ForwardedRequest[];
  let reported: ApiCall[];
  let gateway: Gateway;
  let onCall: (call: ApiCall) => void | Promise<void>;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "gateway-"));
    for (const service of ["tiny", "cloudtrail"]) {
      const home = path.join(folder, service, "2020-01-01");
      await mkdir(home, { recursive: true });
      const metadata = {
        apiVersion: "2020-01-01",
        endpointPrefix: service,
        protocol: "json",
        targetPrefix: service,
      };
      const operation = (name: string) => ({
        name,
        http: { method: "POST", requestUri: "/" },
        input: { shape: "In" },
      });
      const operations = { Make: operation("Make"), StopLogging: operation("StopLogging") };
      const shapes = {
        In: { type: "structure", members: { Name: { shape: "Text" } } },
        Text: { type: "string" },
      };
      await writeFile(path.join(home, "service-2.json"), JSON.stringify({ metadata, operations, shapes }));
    }
    upstream = createServer((incoming, outgoing) => {
      let body = 0;
      incoming.on("data", (chunk: Buffer) => (body += chunk.length));
      incoming.on("end", () => {
        forwarded.push({ url: incoming.url ?? "", headers: incoming.headers, body });
        const { status, body: text, delay = 0 } = answer;
        setTimeout(() => outgoing.writeHead(status, { "x-amzn-requestid": "r-1" }).end(text), delay);
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    upstream.closeAllConnections();
    upstream.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    forwarded = [];
    reported = [];
    answer = { status: 200, body: "{}" };
    onCall = (call) => void reported.push(call);
    const emulator = {
      port: (upstream.address() as AddressInfo).port,
      identity: (key: string) =>
        Promise.resolve({ type: "Root", accountId: key, arn: `arn:aws:iam::${key}:root` }),
    } as unknown as Emulator;
    gateway = await startGateway({
      emulator: Promise.resolve(emulator),
      modelsFolder: folder,
      onCall: (call) => onCall(call),
    });
  });
  afterEach(() => gateway.close());

  const call = (
    url: string,
    headers: Record<string, string> = {},
    body: string | Buffer = "{}",
  ): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }> =>
    new Promise((resolve, reject) => {
      const made = request(`${gateway.url}${url}`, { method: "POST", headers }, (reply) => {
        let text = "";
        reply.on("data", (chunk: Buffer) => (text += chunk.toString()));
        reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text, headers: reply.headers }));
      });
      made.on("error", reject);
      made.end(body);
    });
  const signed = (operation: string, service = "tiny") => ({
    authorization: AUTHORIZATION(service),
    "x-amz-target": `${service}.${operation}`,
  });

  it("forwards a call with its path, Host and headers, and the answer back", async () => {
    answer = { status: 418, body: '{"a":1}' };

    const reply = await call("/x%20y?b=%2F&a", {
      ...signed("Make"),
      host: "tiny.example:99",
      "x-custom": "kept",
    });

    assert.deepEqual([reply.status, reply.text, reply.headers["x-amzn-requestid"]], [418, '{"a":1}', "r-1"]);
    assert.equal(forwarded[0]?.url, "/x%20y?b=%2F&a");
    assert.equal(forwarded[0]?.headers.host, "tiny.example:99");
    assert.equal(forwarded[0]?.headers["x-custom"], "kept");
  });

  it("reports the call, decoded, with its account", async () => {
    await call("/", signed("Make"), '{"Name":"n"}');
    await gateway.allReported();

    assert.equal(reported.length, 1);
    const [{ service, operation, region, account, parameters, requestId, readOnly, problem }] = reported as [
      ApiCall,
    ];
    assert.deepEqual(
      { service, operation, region, account, parameters, requestId, readOnly, problem },
      {
        service: "tiny",
        operation: "Make",
        region: "eu-west-1",
        account: "333333333333",
        parameters: { Name: "n" },
        requestId: "r-1",
        readOnly: false,
        problem: undefined,
      },
    );
  });

  it("reports calls in the order in which they ended, however long a report takes", async () => {
    const names: unknown[] = [];
    onCall = async ({ parameters }) => {
      if (parameters?.["Name"] === "0") await new Promise((resolve) => setTimeout(resolve, 20));
      names.push(parameters?.["Name"]);
    };

    for (const name of ["0", "1", "2"]) await call("/", signed("Make"), JSON.stringify({ Name: name }));
    await gateway.allReported();

    assert.deepEqual(names, ["0", "1", "2"]);
  });

  it("holds the answer to a call that changes the recording back until the call has been reported", async () => {
    let recorded = false;
    onCall = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      recorded = true;
    };

    await call("/", signed("StopLogging", "cloudtrail"));
    assert.equal(recorded, true);

    recorded = false;
    await call("/", signed("Make"));
    assert.equal(recorded, false);
    await gateway.allReported();
  });

  it("forwards a call that it can't decode, and reports, counts and shows it", async () => {
    const shown: string[] = [];
    gateway.watchProblems(({ call: name }) => shown.push(name));
    const broken = await call("/", signed("Make"), "{");
    const unknown = await call("/", signed("Other", "nosuch"));
    await gateway.allReported();

    assert.deepEqual([broken.status, unknown.status], [200, 200]);
    assert.deepEqual(
      reported.map(({ operation, account, problem }) => [operation, account, problem !== undefined]),
      [
        ["Make", "333333333333", true],
        [undefined, "333333333333", true],
      ],
    );
    assert.equal(gateway.statistics.undecoded, 2);
    assert.equal(shown.length, 2);
    assert.match(shown[0] ?? "", /:Make$/);
    assert.match(gateway.statistics.problems[1]?.problem ?? "", /No service has the target nosuch/);
  });

  it("forwards a body that is too long to keep, and says what the record lacks", async () => {
    const body = Buffer.alloc(17 * 2 ** 20, "x");

    await call("/", signed("Make"), body);
    await gateway.allReported();

    assert.equal(forwarded[0]?.body, body.length);
    assert.match(reported[0]?.problem ?? "", /too long to keep/);
  });

  it("refuses the emulator's own paths in any spelling", async () => {
    for (const url of ["/_local-aws/identity", "/_ministack/reset", "/%5Fministack/reset", "/_localstack/x"])
      assert.equal((await call(url)).status, 403, url);

    assert.equal(forwarded.length, 0);
    assert.equal(gateway.statistics.refused, 4);
  });

  it("reports no requests that are no API calls", async () => {
    await call("/_aws/lambda-url/abc", {});
    await call("/stage/hello", { authorization: AUTHORIZATION("execute-api") });
    await gateway.allReported();

    assert.deepEqual([reported.length, forwarded.length, gateway.statistics.others], [0, 2, 2]);
  });

  it("answers 502 when the emulator is gone, and keeps running", async () => {
    const dead = { port: 1, identity: () => Promise.resolve({}) } as unknown as Emulator;
    const other = await startGateway({
      emulator: Promise.resolve(dead),
      modelsFolder: folder,
      onCall: () => undefined,
    });

    const reply = await fetch(other.url, { method: "POST", headers: signed("Make"), body: "{}" });

    assert.equal(reply.status, 502);
    assert.equal(other.statistics.unanswered, 1);
    await other.close();
  });

  it("counts and shows a listener that throws, and still reports the next call", async () => {
    onCall = ({ sequence }) => {
      if (sequence === 1) throw new Error("no disk");
      reported.push({} as ApiCall);
    };

    await call("/", signed("Make"));
    await call("/", signed("Make"));
    await gateway.allReported();

    assert.equal(reported.length, 1);
    assert.equal(gateway.statistics.unreported, 1);
    assert.match(gateway.statistics.problems[0]?.problem ?? "", /no disk/);
  });
});

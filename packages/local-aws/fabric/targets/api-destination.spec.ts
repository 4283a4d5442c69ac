import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiDestination, Connection, DeployedTarget } from "../services";
import {
  eventOf,
  HOME,
  HUB,
  publish,
  queueOf,
  startTestFabric,
  forwardingToHub,
  type TestFabric,
} from "../testing";

const DESTINATION = `arn:aws:events:${HOME}:${HUB}:api-destination/slack/1234`;
const DEAD_LETTERS = `arn:aws:sqs:${HOME}:${HUB}:dead`;

interface ReceivedRequest {
  method?: string;
  url?: string;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
  at: number;
}

describe("an API destination", () => {
  let server: Server;
  let origin: string;
  let requests: ReceivedRequest[] = [];
  /** The endpoint's answer; undefined for none. */
  let answer: (
    request: ReceivedRequest,
  ) => { status: number; headers?: Record<string, string>; body?: string } | undefined;
  let testFabric: TestFabric | undefined;

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, url, headers } = request;
        const received = {
          method,
          url,
          headers,
          body: Buffer.concat(chunks).toString(),
          at: performance.now(),
        };
        requests.push(received);
        const reply = answer(received);
        if (reply) response.writeHead(reply.status, reply.headers).end(reply.body ?? "");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // The first request of a process takes longer than those that are measured.
    answer = () => ({ status: 200 });
    await fetch(origin);
  });
  beforeEach(() => {
    requests = [];
    answer = () => ({ status: 200 });
  });
  afterEach(() => testFabric?.fabric.close());
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const start = async (
    setup: {
      target?: Partial<DeployedTarget>;
      destination?: Partial<ApiDestination>;
      connection?: Partial<Connection>;
      timeoutMilliseconds?: number;
    } = {},
  ) => {
    const deployed = forwardingToHub();
    deployed.queues[DEAD_LETTERS] = queueOf();
    deployed.apiDestinations[DESTINATION] = {
      endpoint: `${origin}/hook`,
      method: "POST",
      active: true,
      ratePerSecond: 300,
      connectionName: "c",
      ...setup.destination,
    };
    deployed.connections["c"] = {
      authorized: true,
      type: "API_KEY",
      parameters: { ApiKeyAuthParameters: { ApiKeyName: "x-key", ApiKeyValue: "v" } },
      ...setup.connection,
    };
    const RoleArn = `arn:aws:iam::${HUB}:role/caller`;
    const DeadLetterConfig = { Arn: DEAD_LETTERS };
    deployed.rules[1]!.targets = [{ Id: "t", Arn: DESTINATION, RoleArn, DeadLetterConfig, ...setup.target }];
    return (testFabric = await startTestFabric(deployed, { timeoutMilliseconds: setup.timeoutMilliseconds }));
  };
  const put = async () => {
    const event = eventOf({ account: HUB, region: HOME, detail: { channel: "a b", who: { n: 1 } } });
    await publish(testFabric!, event, HUB, HOME, "hub");
    return event;
  };
  const deadLetterAttributes = () => testFabric!.received[DEAD_LETTERS]?.[0]?.attributes;

  it("receives the event with the connection's key and EventBridge's own headers", async () => {
    await start();
    const event = await put();
    assert.equal(requests.length, 1);
    assert.equal(`${requests[0]!.method} ${requests[0]!.url}`, "POST /hook");
    assert.deepEqual(JSON.parse(requests[0]!.body), event);
    assert.equal(requests[0]!.headers["x-key"], "v");
    assert.equal(requests[0]!.headers["user-agent"], "Amazon/EventBridge/ApiDestinations");
    assert.equal(requests[0]!.headers["content-type"], "application/json; charset=utf-8");
  });

  it("is called with the role: events:InvokeApiDestination", async () => {
    const { deployed } = await start();
    deployed.deny = ({ action }) => (action === "events:InvokeApiDestination" ? "not this one" : undefined);
    await put();
    assert.equal(requests.length, 0);
    assert.equal(deadLetterAttributes()?.["ERROR_MESSAGE"], "Not this one.");
  });

  it("receives a name and password", async () => {
    await start({
      connection: { type: "BASIC", parameters: { BasicAuthParameters: { Username: "u", Password: "p" } } },
    });
    await put();
    assert.equal(requests[0]!.headers["authorization"], `Basic ${Buffer.from("u:p").toString("base64")}`);
  });

  describe("with OAuth", () => {
    const oauth = (): Partial<Connection> => ({
      type: "OAUTH_CLIENT_CREDENTIALS",
      parameters: {
        OAuthParameters: {
          AuthorizationEndpoint: `${origin}/token`,
          HttpMethod: "POST",
          ClientParameters: { ClientID: "id", ClientSecret: "secret" },
          OAuthHttpParameters: { BodyParameters: [{ Key: "scope", Value: "write" }] },
        },
      },
    });
    const tokens = () => requests.filter(({ url }) => url === "/token");

    it("fetches a token, once for several events", async () => {
      answer = ({ url }) =>
        url === "/token" ? { status: 200, body: '{"access_token":"t1","expires_in":3600}' } : { status: 200 };
      await start({ connection: oauth() });
      await put();
      await put();
      assert.equal(tokens().length, 1);
      assert.deepEqual(Object.fromEntries(new URLSearchParams(tokens()[0]!.body)), {
        grant_type: "client_credentials",
        client_id: "id",
        client_secret: "secret",
        scope: "write",
      });
      assert.equal(requests.at(-1)?.headers["authorization"], "Bearer t1");
    });

    it("fetches a new token when the endpoint no longer accepts the old one", async () => {
      let number = 0;
      answer = ({ url, headers }) => {
        if (url === "/token") return { status: 200, body: `{"access_token":"t${++number}"}` };
        return { status: headers["authorization"] === "Bearer t2" ? 200 : 401 };
      };
      await start({ connection: oauth() });
      await put();
      assert.equal(tokens().length, 2);
      assert.equal(deadLetterAttributes(), undefined);
    });

    it("is retried while there is no token", async () => {
      let failures = 2;
      answer = ({ url }) => {
        if (url !== "/token") return { status: 200 };
        return failures-- > 0 ? { status: 500 } : { status: 200, body: '{"access_token":"t"}' };
      };
      await start({ connection: oauth() });
      await put();
      assert.equal(requests.at(-1)?.url, "/hook");
    });
  });

  it("receives path, query and header values of the target, taken from the event, unless the connection has others", async () => {
    await start({
      destination: { endpoint: `${origin}/hook/*/x/*` },
      target: {
        HttpParameters: {
          PathParameterValues: ["$.detail.channel", "fixed"],
          QueryStringParameters: { q: "$.detail.who", both: "target" },
          HeaderParameters: { "x-h": "$.source", host: "evil", "x-none": "$.detail.absent" },
        },
      },
      connection: {
        parameters: {
          ApiKeyAuthParameters: { ApiKeyName: "x-key", ApiKeyValue: "v" },
          InvocationHttpParameters: {
            QueryStringParameters: [{ Key: "both", Value: "connection" }],
            BodyParameters: [{ Key: "extra", Value: "field" }],
          },
        },
      },
    });
    await put();
    assert.equal(requests[0]!.url, "/hook/a%20b/x/fixed?q=%7Bn%3A1%7D&both=connection");
    assert.equal(requests[0]!.headers["x-h"], "test");
    assert.equal(requests[0]!.headers["x-none"], "");
    assert.notEqual(requests[0]!.headers["host"], "evil");
    assert.equal((JSON.parse(requests[0]!.body) as { extra: string }).extra, "field");
  });

  it("has a limited time, after which it is retried and then given up", async () => {
    answer = () => undefined;
    await start({ target: { RetryPolicy: { MaximumRetryAttempts: 1 } }, timeoutMilliseconds: 100 });
    await put();
    assert.equal(requests.length, 2);
    assert.equal(deadLetterAttributes()?.["ERROR_CODE"], "TIMEOUT");
    assert.equal(deadLetterAttributes()?.["RETRY_ATTEMPTS"], "1");
  });

  for (const status of [409, 429, 500, 503]) {
    it(`is retried after ${status}`, async () => {
      let failures = 1;
      answer = () => ({ status: failures-- > 0 ? status : 204 });
      await start();
      await put();
      assert.equal(requests.length, 2);
      assert.equal(deadLetterAttributes(), undefined);
    });
  }

  for (const status of [302, 400, 403, 404]) {
    it(`is given up at once after ${status}`, async () => {
      answer = () => ({ status, headers: { location: "/elsewhere" } });
      await start();
      await put();
      assert.equal(requests.length, 1);
      assert.equal(deadLetterAttributes()?.["ERROR_MESSAGE"], `${origin} answered ${status}.`);
    });
  }

  it("is not called again before the time in Retry-After", async () => {
    let failures = 1;
    answer = () => (failures-- > 0 ? { status: 429, headers: { "retry-after": "20000" } } : { status: 200 });
    await start();
    await put();
    assert.ok(requests[1]!.at - requests[0]!.at > 150, "20,000 s of the organization's time");
  });

  it("is not called faster than its rate", async () => {
    await start({ destination: { ratePerSecond: 20 } });
    await Promise.all([put(), put(), put(), put()]);
    const times = requests.map(({ at }) => at).sort((left, right) => left - right);
    assert.ok(times[3]! - times[0]! > 130, `${times[3]! - times[0]!} ms`);
  });

  it("can't be called without its connection, or when that is not authorized", async () => {
    const { deployed } = await start({ connection: { authorized: false } });
    await put();
    assert.match(deadLetterAttributes()?.["ERROR_MESSAGE"] ?? "", /connection c is not authorized/);
    deployed.connections = {};
    await put();
    assert.match(
      testFabric!.received[DEAD_LETTERS]![1]!.attributes!["ERROR_MESSAGE"]!,
      /connection c .*does not exist/,
    );
    assert.equal(requests.length, 0);
  });

  it("that does not exist receives nothing", async () => {
    const { deployed } = await start();
    deployed.apiDestinations = {};
    await put();
    assert.equal(deadLetterAttributes()?.["ERROR_CODE"], "NO_RESOURCE");
  });

  it("that can't be reached is retried", async () => {
    await start({
      destination: { endpoint: "http://127.0.0.1:9/" },
      target: { RetryPolicy: { MaximumRetryAttempts: 1 } },
    });
    await put();
    assert.equal(deadLetterAttributes()?.["ERROR_CODE"], "CONNECTION_FAILURE");
    assert.equal(deadLetterAttributes()?.["RETRY_ATTEMPTS"], "1");
  });
});

import assert from "node:assert/strict";
import type { WeatheredCall } from "../gateway/forecast";
import type { OperationModel, Protocol, Shape } from "../gateway/models";
import { MODERATE_WEATHER, planWeather, WeatherOptionsError } from "./options";
import { refusedCall, throttled, UNAVAILABLE } from "./refusal";
import { Weather } from "./weather";

const operationOf = (
  service: string,
  name: string,
  errors: Record<string, Shape["error"]> = {},
): OperationModel => {
  const shapes = Object.fromEntries(
    Object.entries(errors).map(([shape, error]) => [shape, { type: "structure" as const, error }]),
  );
  return {
    name,
    http: { method: "POST", requestUri: "/" },
    errors: Object.keys(errors).map((shape) => ({ shape })),
    service: {
      name: service,
      metadata: { apiVersion: "2016-11-15", endpointPrefix: service, protocol: "json" },
      operations: {},
      shapes,
    },
  };
};
const callOf = (service: string, name: string, more: Partial<WeatheredCall> = {}): WeatheredCall => ({
  operation: operationOf(service, name),
  protocol: "json",
  readOnly: /^(Describe|Get|List)/.test(name),
  account: "444444444444",
  root: false,
  region: "eu-west-1",
  ...more,
});

describe("the weather", () => {
  it("is calm unless something is switched on", () => {
    const weather = new Weather();

    assert.equal(weather.changesCalls, false);
    assert.deepEqual(weather.forecast(callOf("ec2", "DescribeInstances")), {
      milliseconds: 0,
      inside: undefined,
    });
    assert.equal(weather.duplicates("arn"), false);
    assert.equal(weather.lateMilliseconds("arn"), 0);
  });

  it("repeats itself with the same seed, and differs with another", () => {
    const forecasts = (seed: number) => {
      const weather = new Weather(() => 0);
      weather.set({ ...MODERATE_WEATHER, seed });
      return Array.from({ length: 40 }, () => weather.forecast(callOf("ec2", "DescribeInstances")).inside);
    };

    assert.deepEqual(forecasts(7), forecasts(7));
    assert.notDeepEqual(forecasts(7), forecasts(8));
  });

  it("makes the chosen share of reads stale, by at most the chosen time", () => {
    const weather = new Weather();
    weather.set({ seed: 1, stale: { seconds: 4, share: 0.25 } });

    const stale = Array.from(
      { length: 1000 },
      () => weather.forecast(callOf("iam", "GetUser")).inside,
    ).flatMap((inside) => inside?.match(/^stale=([\d.]+)$/)?.slice(1) ?? []);

    assert(stale.length > 200 && stale.length < 300, `${stale.length} of 1000`);
    assert(stale.every((seconds) => Number(seconds) <= 4));
    assert.equal(weather.statistics.stale, stale.length);
  });

  it("leaves reads alone that AWS keeps consistent, and has writes remembered that others lag behind", () => {
    const weather = new Weather();
    weather.set({ stale: { share: 1 } });

    assert.equal(weather.forecast(callOf("s3", "GetObject")).inside, undefined);
    assert.equal(weather.forecast(callOf("dynamodb", "GetItem")).inside, undefined);
    assert.match(weather.forecast(callOf("s3", "GetBucketPolicy")).inside ?? "", /^stale=/);
    assert.equal(weather.forecast(callOf("s3", "PutBucketPolicy")).inside, "remember");
    assert.equal(weather.forecast(callOf("lambda", "Invoke")).inside, undefined);
  });

  it("spares the roots with which tests watch, if it is told so, but has their writes remembered", () => {
    const weather = new Weather();
    weather.set({ sparesRoots: true, stale: { share: 1 }, throttling: { share: 1 }, latency: { ec2: 50 } });
    const root = { root: true };

    for (let count = 0; count < 20; count++)
      assert.deepEqual(weather.forecast(callOf("ec2", "DescribeInstances", root)), {
        milliseconds: 0,
        inside: undefined,
      });
    assert.equal(weather.forecast(callOf("ec2", "RunInstances", root)).inside, "remember");
    assert.equal(weather.forecast(callOf("ec2", "RunInstances")).milliseconds, 50);
  });

  it("throttles in bursts: an account, a service and a region at a time", () => {
    let now = 0;
    const weather = new Weather(() => now);
    weather.set({ seed: 3, throttling: { share: 0.2, seconds: 1 } });
    const refusedIn = (account: string) => {
      const refusals: number[] = [];
      for (now = 0; now < 200_000; now += 1000) {
        const calls = Array.from({ length: 20 }, () =>
          weather.forecast(callOf("ec2", "RunInstances", { account })),
        );
        refusals.push(calls.filter(({ refusal }) => refusal).length);
      }
      return refusals;
    };

    const refused = refusedIn("444444444444");
    const bursts = refused.filter((count) => count > 0).length;

    assert(bursts > 20 && bursts < 60, `${bursts} bursts in 200 seconds`);
    assert(
      refused.every((count) => count < 20),
      "some calls of a burst are answered",
    );
    assert.notDeepEqual(refusedIn("555555555555"), refused);
  });

  it("answers nobody in a region during its outage, and everybody elsewhere and afterwards", () => {
    let now = 0;
    const weather = new Weather(() => now);
    weather.outage({ service: "sts", region: "eu-west-1", seconds: 120 });
    const status = (region: string) =>
      weather.forecast(callOf("sts", "AssumeRole", { region })).refusal?.status;

    assert.equal(status("eu-west-1"), 503);
    assert.equal(status("eu-central-1"), undefined);
    now = 119_999;
    assert.equal(status("eu-west-1"), 503);
    now = 120_000;
    assert.equal(status("eu-west-1"), undefined);
    assert.equal(weather.changesCalls, false);
  });

  it("ends an outage early", () => {
    const weather = new Weather();
    const end = weather.outage({ service: "sts", region: "eu-west-1", seconds: 120 });

    end();

    assert.equal(weather.forecast(callOf("sts", "AssumeRole")).refusal, undefined);
  });

  it("keeps the event of a state back until the state is there", () => {
    const weather = new Weather();
    weather.set({ pending: { seconds: 2 } });
    const delay = (state: string) =>
      weather.delayOf({ "detail-type": "EC2 Instance State-change Notification", detail: { state } });

    assert.deepEqual([delay("pending"), delay("running"), delay("stopped")], [0, 2000, 2000]);
  });

  it("refuses a closed target's deliveries for a while", () => {
    let now = 0;
    const weather = new Weather(() => now);
    weather.closeTarget({ target: "arn:aws:sqs:eu-west-1:222222222222:q", seconds: 1 });

    assert.equal(weather.refuses("arn:aws:sqs:eu-west-1:222222222222:q"), true);
    assert.equal(weather.refuses("arn:aws:sqs:eu-west-1:222222222222:other"), false);
    now = 1000;
    assert.equal(weather.refuses("arn:aws:sqs:eu-west-1:222222222222:q"), false);
  });

  it("ends altogether when it is calmed", () => {
    const weather = new Weather();
    weather.set(MODERATE_WEATHER);
    weather.outage({ service: "sts", region: "eu-west-1", seconds: 120 });

    weather.calm();

    assert.equal(weather.changesCalls, false);
  });
});

describe("options of the weather", () => {
  it("have figures of their own where none are given", () => {
    assert.deepEqual(planWeather({ stale: {}, deliveries: { late: 1 } }), {
      stale: { seconds: 2, share: 0.5 },
      latency: {},
      deliveries: { duplicates: 0.1, late: 1, seconds: 3 },
      sparesRoots: false,
    });
  });

  it("are refused when a figure is impossible", () => {
    assert.throws(() => planWeather({ throttling: { share: 5 } }), {
      name: WeatherOptionsError.name,
      message: "weather.throttling.share is 5: it must be a number from 0 to 1.",
    });
    assert.throws(() => planWeather({ stale: { seconds: NaN } }), {
      message: "weather.stale.seconds is NaN: it must be a number from 0 to 3600.",
    });
    assert.throws(() => planWeather({ latency: { sts: -1 } }), {
      message: "weather.latency.sts is -1: it must be a number of milliseconds from 0 to 60000.",
    });
  });
});

describe("a refused call", () => {
  const fault = (service: string, protocol: Protocol, errors?: Record<string, Shape["error"]>) => {
    const { code, status } = throttled(operationOf(service, "Anything", errors), protocol);
    return `${code} ${status}`;
  };

  it("has the code and status of its service", () => {
    assert.equal(fault("ec2", "ec2"), "RequestLimitExceeded 503");
    assert.equal(fault("s3", "rest-xml"), "SlowDown 503");
    assert.equal(fault("iam", "query"), "Throttling 400");
    assert.equal(fault("route53", "rest-xml"), "Throttling 400");
    assert.equal(fault("kms", "json"), "ThrottlingException 400");
    const modelled = { TooManyRequestsException: { httpStatusCode: 429 } };
    assert.equal(fault("lambda", "rest-json", modelled), "TooManyRequestsException 429");
    assert.equal(
      fault("organizations", "json", { TooManyRequestsException: undefined }),
      "TooManyRequestsException 400",
    );
  });

  it("has the form of its protocol", () => {
    const body = (service: string, protocol: Protocol) =>
      refusedCall(UNAVAILABLE, operationOf(service, "Anything"), protocol)
        .body.toString()
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "ID");
    const error = `<Code>ServiceUnavailable</Code><Message>${UNAVAILABLE.message}</Message>`;

    assert(
      body("ec2", "ec2").endsWith(
        `<Response><Errors><Error>${error}</Error></Errors><RequestID>ID</RequestID></Response>`,
      ),
    );
    assert(body("s3", "rest-xml").endsWith(`<Error>${error}<RequestId>ID</RequestId></Error>`));
    assert.equal(
      body("sts", "query"),
      `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>ID</RequestId></ErrorResponse>`,
    );
    assert.deepEqual(JSON.parse(body("kms", "json")), {
      __type: "ServiceUnavailable",
      message: UNAVAILABLE.message,
    });
  });
});

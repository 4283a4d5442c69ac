/** Advises on instances that are marked to keep running but could be stopped or terminated by mistake. */
import * as v from "valibot";
import { eachKnown, isInputs, isTrue, preventionOf, type Inputs, type Judge } from "../lib/prevention";
import { control, parameters, type Protection } from "./control";

const WEAKNESSES: readonly { appliesTo: (inputs: Inputs) => boolean; message: string }[] = [
  {
    appliesTo: (inputs) => !isTrue(inputs["disableApiTermination"], false),
    message: "any call could terminate it. Set `disableApiTermination: true`.",
  },
  {
    appliesTo: (inputs) => !isTrue(inputs["disableApiStop"], false),
    message: "any call could stop it. Set `disableApiStop: true`.",
  },
  {
    appliesTo: (inputs) => inputs["instanceInitiatedShutdownBehavior"] === "terminate",
    message:
      'it would be terminated when it shuts itself down. Set `instanceInitiatedShutdownBehavior: "stop"`.',
  },
  {
    appliesTo: ({ instanceMarketOptions: market }) => isInputs(market) && market["marketType"] === "spot",
    message: "EC2 could reclaim it at any time, as a spot instance. Omit `instanceMarketOptions`.",
  },
];

const judge: Judge = (inputs, report, args) => {
  const { tagKey, tagValue } = args.getConfig<Partial<Protection>>();
  const mark = v.parse(parameters, { tagKey, tagValue });
  if (!isMarked(inputs, mark)) return;
  eachKnown(WEAKNESSES, ({ appliesTo, message }) => {
    if (appliesTo(inputs))
      report(`The instance is marked to keep running (${mark.tagKey}=${mark.tagValue}), but ${message}`);
  });
};

export const prevention = preventionOf(
  control,
  { "aws:ec2/instance:Instance": judge },
  {
    configSchema: {
      properties: {
        tagKey: { type: "string", default: v.getDefaults(parameters).tagKey },
        tagValue: { type: "string", default: v.getDefaults(parameters).tagValue },
      },
    },
  },
);

/** An instance's own tag overrides the provider's default, which only `tagsAll` has. */
function isMarked({ tags, tagsAll }: Inputs, { tagKey, tagValue }: Protection): boolean {
  const holder = [tags, tagsAll].filter(isInputs).find((each) => Object.hasOwn(each, tagKey));
  return holder?.[tagKey] === tagValue;
}

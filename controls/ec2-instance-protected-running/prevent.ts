/** Points out instances of a Pulumi program that are marked to keep running and could be stopped or terminated by mistake. */
import * as v from "valibot";
import { eachKnown, isInputs, isTrue, preventionOf, type Inputs, type Judge } from "../lib/prevention";
import { control, parameters, type Protection } from "./control";

const WAYS: readonly { open: (inputs: Inputs) => boolean; message: string }[] = [
  {
    open: (inputs) => !isTrue(inputs["disableApiTermination"], false),
    message: "any call could terminate it. Set `disableApiTermination: true`.",
  },
  {
    open: (inputs) => !isTrue(inputs["disableApiStop"], false),
    message: "any call could stop it. Set `disableApiStop: true`.",
  },
  {
    open: (inputs) => inputs["instanceInitiatedShutdownBehavior"] === "terminate",
    message:
      'it would be terminated when it shuts itself down. Set `instanceInitiatedShutdownBehavior: "stop"`.',
  },
  {
    open: ({ instanceMarketOptions: market }) => isInputs(market) && market["marketType"] === "spot",
    message: "EC2 could take it back at any time, as a spot instance. Leave `instanceMarketOptions` out.",
  },
];

const judge: Judge = (inputs, report, args) => {
  const { tagKey, tagValue } = args.getConfig<Partial<Protection>>();
  const mark = v.parse(parameters, { tagKey, tagValue });
  if (!isMarked(inputs, mark)) return;
  eachKnown(WAYS, ({ open, message }) => {
    if (open(inputs))
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

/** An instance's own tag goes before the provider's default, which shows in `tagsAll` only. */
function isMarked({ tags, tagsAll }: Inputs, { tagKey, tagValue }: Protection): boolean {
  const holder = [tags, tagsAll].filter(isInputs).find((each) => Object.hasOwn(each, tagKey));
  return holder?.[tagKey] === tagValue;
}

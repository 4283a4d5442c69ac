/** What the hub consists of, by name: everything that an alarm watches. */
import type { Settings } from "../../config";
import {
  alarmRuleName,
  channelResourceName,
  controlName,
  NOTIFIER_NAME,
  sendRuleName,
  UNDO_NAME,
} from "../../contract/names";
import { forwardingAlarmPattern, hubAlarmPattern } from "../../contract/routes";
import type { Watched } from "./alarms";
import { controlRules } from "./control-events";

/** @returns names as ControlPipeline and NotificationChannels give them. */
export function watchedOf({ controls, channels, remediation, security }: WatchedSettings): Watched {
  const pipelines = controls.map(({ control }) => controlName(control.id));
  const routes = channels.map(({ name, ...channel }) => ({ channel: name, ...channel }));
  return {
    queues: [...pipelines, ...channels.map(({ name }) => channelResourceName(name))],
    functions: [...pipelines, UNDO_NAME, ...(channels.length > 0 ? [NOTIFIER_NAME] : [])],
    hubRules: [
      ...controls.flatMap(({ control }) => controlRules(control, remediation).map(({ name }) => name)),
      ...channels.flatMap(({ name, to }) => [
        channelResourceName(name),
        ...(to.kind === "slack" ? [sendRuleName(channelResourceName(name))] : []),
      ]),
      ...routes
        .filter((route) => forwardingAlarmPattern(route, routes) !== undefined)
        .map(({ channel }) => alarmRuleName(channel)),
    ],
    defaultBusRules: routes
      .filter((route) => hubAlarmPattern(route, routes, security.id) !== undefined)
      .map(({ channel }) => alarmRuleName(channel)),
  };
}

type WatchedSettings = Pick<Settings, "controls" | "channels" | "remediation" | "security">;

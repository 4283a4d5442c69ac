export { checkMessage, type Refusal, type SlackBlock, type SlackMessage } from "./check";
export {
  startReceiver,
  type PlannedFault,
  type ReceivedMail,
  type ReceivedMessage,
  type Receiver,
  type RefusedRequest,
} from "./receiver";
export { messageHtml } from "./mrkdwn";

export type { ApiCall, HttpExchange } from "./api-call";
export {
  startGateway,
  type Gateway,
  type GatewayOptions,
  type GatewayProblem,
  type GatewayStatistics,
  type SignInEndpoint,
} from "./gateway";
export { isReadOnly } from "./read-only";

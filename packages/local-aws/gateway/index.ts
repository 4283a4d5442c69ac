export type { ApiCall } from "./api-call";
export { startGateway, type Gateway, type GatewayProblem } from "./gateway";

export { startFabric, type BusPlace, type Fabric, type FabricOptions } from "./fabric";
export { refusal, type RefusableCall, type Refusal, type RefusalState } from "./refusal";

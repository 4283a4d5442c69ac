export { startFabric, type Fabric, type FabricOptions } from "./fabric";

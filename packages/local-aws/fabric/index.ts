export { startFabric, type BusPlace, type Fabric } from "./fabric";

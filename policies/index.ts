/** The CrossGuard pack: `pulumi preview --policy-pack policies`. */
import { startPack } from "./pack";
import { policies } from "./policies";

startPack(policies);

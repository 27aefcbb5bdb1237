// SPDX-License-Identifier: Apache-2.0
export { toInventory, type Inventory, type InventoryPackage } from "./inventory.js";
export { LayerObserver, mergeFacts, type LayerFacts } from "./observe.js";

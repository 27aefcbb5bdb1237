// SPDX-License-Identifier: Apache-2.0
export { bySource, isDistroPackage, type SourcePackage } from "./by-source.js";
export { toInventory, type Inventory, type InventoryPackage } from "./inventory.js";
export { LayerObserver, mergeFacts, type LayerFacts } from "./observe.js";
export { inventoryOf, loadInventory, saveInventory } from "./stored.js";

// SPDX-License-Identifier: Apache-2.0
export { createGate, type Gate, type Visitor } from "./auth/access.js";
export {
  ACTIONS,
  addUser,
  createToken,
  listTokens,
  listUsers,
  removeUser,
  revokeToken,
  type AccessToken,
  type Action,
  type User,
} from "./auth/accounts.js";
export { connectRegistry, toRegistryError, type RegistryClient } from "./client/client.js";
export { refuseUnroutable, registryPlugin, type RegistryOptions } from "./server/plugin.js";

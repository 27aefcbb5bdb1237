// SPDX-License-Identifier: Apache-2.0
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BasaltError } from "../../errors.js";
import type { Gate } from "../auth/access.js";
import { parseBasic } from "../auth/access.js";
import type { Principal } from "../auth/accounts.js";
import { toErrorResponse } from "./error-response.js";

const MAX_FORM_BYTES = 16 * 1024;

/**
 * `/token`: credentials in, a bearer token for the granted part of the wanted scopes out.
 * Source: distribution, docs/spec/auth/token.md and oauth.md.
 */
export function registerTokenEndpoint(app: FastifyInstance, { gate }: { readonly gate: Gate }): void {
  app.get("/token", async (request, reply) => {
    const query = new URLSearchParams(request.url.split("?")[1] ?? "");
    const { authorization } = request.headers;
    return answer(request, reply, async () => {
      const principal = authorization === undefined ? gate.anonymous : await gate.logIn(parseBasic(authorization));
      return issue(gate, principal, query);
    });
  });
  app.register(async (scope) => {
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: MAX_FORM_BYTES },
      (_request, body, done) => done(null, body),
    );
    scope.post("/token", async (request, reply) => {
      const form = new URLSearchParams(typeof request.body === "string" ? request.body : "");
      return answer(request, reply, async () => {
        const user = form.get("username");
        const password = form.get("password");
        if (form.get("grant_type") !== "password" || user === null || password === null) {
          throw new BasaltError("LOGIN_REFUSED", "only grant_type=password with username and password is offered");
        }
        return issue(gate, await gate.logIn({ user, password }), form);
      });
    });
  });
}

async function issue(gate: Gate, principal: Principal, form: URLSearchParams): Promise<object> {
  const scopes = form.getAll("scope").flatMap((scope) => scope.split(" "));
  const { token, expiresInSeconds, issuedAt } = await gate.issue(principal, scopes);
  return { token, access_token: token, expires_in: expiresInSeconds, issued_at: issuedAt.toISOString() };
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<object>,
): Promise<FastifyReply> {
  try {
    return reply.header("cache-control", "no-store").send(await work());
  } catch (error) {
    const response = toErrorResponse(error);
    if (response.status >= 500) request.log.error(error);
    if (response.status === 401) reply.header("www-authenticate", 'Basic realm="Basalt", charset="UTF-8"');
    return reply
      .code(response.status)
      .headers(response.headers ?? {})
      .send(response.body);
  }
}

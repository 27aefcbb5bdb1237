import Fastify from "fastify";
import { openCounter } from "./counter.js";

const counter = await openCounter(process.env["DATA_DIR"] ?? "data");
const app = Fastify({ logger: true });

app.get("/", async () => ({ visits: await counter.increase() }));
app.get("/health", () => ({ status: "ok" }));

await app.listen({ host: "0.0.0.0", port: Number(process.env["PORT"] ?? 8080) });
process.on("SIGTERM", () => void app.close());

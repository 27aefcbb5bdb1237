import { createServer } from "node:http";
import { answer } from "./lib/answer.js";
createServer(answer).listen(process.env.PORT);

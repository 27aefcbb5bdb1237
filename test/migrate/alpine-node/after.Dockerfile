FROM registry.example/node:26-dev AS builder
WORKDIR /app
COPY . .
RUN npm ci

FROM registry.example/node:26
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "server.js"]

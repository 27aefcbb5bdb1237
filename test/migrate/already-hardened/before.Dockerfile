FROM node:22 AS builder
WORKDIR /app
COPY . .
RUN npm ci

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "server.js"]

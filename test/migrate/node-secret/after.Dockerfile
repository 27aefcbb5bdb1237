FROM node:22 AS builder
ARG NPM_TOKEN
ENV SESSION_SECRET=hunter2
WORKDIR /app
COPY .npmrc package*.json ./
RUN npm ci
COPY . .

FROM registry.example/node:22
ENV SESSION_SECRET=hunter2
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "server.js"]

FROM node:22 AS builder
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /app
COPY . .
RUN npm ci | tee install.log

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "server.js"]

FROM node:22 AS builder
WORKDIR /app
COPY . .
RUN npm ci

FROM registry.example/node:22_bash-coreutils
WORKDIR /app
COPY --from=builder /app ./
ENV PATH="/app/node_modules/.bin:$PATH"
CMD ["/bin/sh", "-c", "prisma migrate deploy && node server.js"]

FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM node:22-slim AS builder
WORKDIR /app
COPY package*.json ./
RUN npm i --production
COPY --from=build /app/dist ./dist

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "dist/index.js"]

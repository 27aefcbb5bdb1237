FROM node:22 AS base
ENV TZ=Europe/Berlin
WORKDIR /app

FROM base AS build
COPY . .
RUN npm install && npm run build

FROM registry.example/node:22
ENV TZ=Europe/Berlin
WORKDIR /app
COPY --from=build --chown=1000:1000 /app/dist ./dist
USER 1000
CMD ["node", "dist/index.js"]

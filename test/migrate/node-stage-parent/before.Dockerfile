FROM node:22 AS base
ENV TZ=Europe/Berlin
WORKDIR /app

FROM base AS build
COPY . .
RUN npm install && npm run build

FROM base
RUN groupadd -r app && useradd -r -g app app
COPY --from=build --chown=app:app /app/dist ./dist
USER app
CMD ["node", "dist/index.js"]

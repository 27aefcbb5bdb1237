FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci --omit=dev

FROM registry.example/node:22
COPY --from=build /app /app
WORKDIR /app
ENTRYPOINT ["node"]
CMD ["server.js"]

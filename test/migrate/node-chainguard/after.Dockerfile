FROM registry.example/node:26-dev AS build
WORKDIR /app
COPY . .
RUN npm ci --omit=dev

FROM registry.example/node:26
WORKDIR /app
COPY --from=build --chown=1000:1000 /app /app
ENTRYPOINT ["node"]
CMD ["index.js"]

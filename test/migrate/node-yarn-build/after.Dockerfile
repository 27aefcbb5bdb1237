FROM node:22 AS build
WORKDIR /src
COPY package.json yarn.lock ./
RUN yarn install --frozen-lockfile
COPY . .
RUN yarn build

FROM registry.example/node:22
WORKDIR /src
COPY --from=build /src ./
ENV NODE_ENV=production
CMD ["node", "--enable-source-maps", "dist/main.js"]

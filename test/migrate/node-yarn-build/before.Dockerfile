FROM node:22 AS build
WORKDIR /src
COPY package.json yarn.lock ./
RUN yarn install --frozen-lockfile
COPY . .
RUN yarn build

FROM node:22
WORKDIR /src
COPY --from=build /src ./
CMD ["yarn", "serve"]

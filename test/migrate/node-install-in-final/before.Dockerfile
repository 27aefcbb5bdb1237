FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM node:22-slim
WORKDIR /app
COPY package*.json ./
RUN npm i --production
COPY --from=build /app/dist ./dist
CMD ["node", "dist/index.js"]

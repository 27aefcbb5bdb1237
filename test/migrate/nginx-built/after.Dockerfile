FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM registry.example/nginx:1.26
COPY --from=build /app/dist /usr/share/nginx/html
CMD ["nginx", "-g", "daemon off;"]

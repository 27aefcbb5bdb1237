FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
ENV PORT=80
EXPOSE 80
HEALTHCHECK --interval=5s CMD curl -fsS http://localhost/health || exit 1
CMD ["node", "server.js"]

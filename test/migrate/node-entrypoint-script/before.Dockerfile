FROM node:22
WORKDIR /app
COPY . .
RUN npm ci && chmod +x entrypoint.sh
ENTRYPOINT ["./entrypoint.sh"]
CMD ["node", "server.js"]

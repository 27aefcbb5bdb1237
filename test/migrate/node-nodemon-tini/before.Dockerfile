FROM node:20
RUN apt-get update && apt-get install -y tini
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["npm", "run", "dev"]

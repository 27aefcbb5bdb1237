FROM node:22
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /app
COPY . .
RUN npm ci | tee install.log
CMD node server.js

FROM amazonlinux:2023 AS builder
RUN yum -y update && yum install -y nodejs20 gcc-c++ make && yum clean all
WORKDIR /app
COPY . .
RUN npm ci

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "index.js"]

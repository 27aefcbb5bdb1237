FROM amazonlinux:2023
RUN yum -y update && yum install -y nodejs20 gcc-c++ make && yum clean all
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "index.js"]

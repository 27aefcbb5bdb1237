FROM debian:bookworm AS builder
RUN apt-get update && apt-get install -y build-essential libsqlite3-dev
WORKDIR /src
COPY . .
RUN make && make install

FROM registry.example/static-glibc:13_libsqlite3-0
WORKDIR /src
COPY --from=builder /src ./
COPY --from=builder /usr/local /usr/local
EXPOSE 8080
CMD ["counter"]

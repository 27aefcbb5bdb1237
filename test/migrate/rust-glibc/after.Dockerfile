FROM rust:1.80 AS build
WORKDIR /src
COPY . .
RUN cargo build --release

FROM registry.example/static-glibc:13_libssl3t64
COPY --from=build /src/target/release/app /usr/local/bin/app
CMD ["app"]

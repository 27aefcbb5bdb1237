FROM rust:1.85 AS build
RUN rustup target add x86_64-unknown-linux-musl
WORKDIR /src
COPY . .
RUN cargo build --release --target x86_64-unknown-linux-musl

FROM registry.example/static:13
COPY --from=build /src/target/x86_64-unknown-linux-musl/release/app /app
CMD ["/app"]

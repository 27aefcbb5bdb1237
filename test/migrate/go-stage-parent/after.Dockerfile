FROM debian:12 AS runtime
ENV LANG=C.UTF-8
RUN apt-get update && apt-get install -y ca-certificates

FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /out/app .

FROM registry.example/static:13
ENV LANG=C.UTF-8
COPY --from=build /out/app /app
ENTRYPOINT ["/app"]

FROM alpine:3.20 AS build
RUN apk add --no-cache build-base
COPY main.c .
RUN gcc -O2 -static -o /hello main.c

FROM registry.example/static:13
COPY --from=build /hello /hello
CMD ["/hello"]

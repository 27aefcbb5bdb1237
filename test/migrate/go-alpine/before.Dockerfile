FROM golang:1.24-alpine AS build
WORKDIR /src
COPY . .
RUN go build -o /bin/server .

FROM alpine:3.22
RUN apk add --no-cache ca-certificates tzdata && adduser -D -H -u 1000 app
COPY --from=build /bin/server /bin/server
USER app
CMD ["/bin/server"]

FROM debian:bookworm
RUN apt-get update && apt-get install -y build-essential libsqlite3-dev
WORKDIR /src
COPY . .
RUN make && make install
EXPOSE 8080
CMD ["counter"]

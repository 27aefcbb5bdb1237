FROM debian:12
RUN groupadd app && useradd -g app app
ENV GOFLAGS=-mod=vendor
COPY bin/server /usr/local/bin/server
USER app:app
CMD ["server"]

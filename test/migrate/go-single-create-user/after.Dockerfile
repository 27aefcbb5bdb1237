FROM registry.example/static-glibc:13
COPY bin/server /usr/local/bin/server
USER 65532
CMD ["server"]

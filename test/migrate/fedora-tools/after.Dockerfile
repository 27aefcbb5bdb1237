FROM registry.example/static-glibc:13
ARG EXTRA
COPY tool /usr/local/bin/tool
CMD ["tool"]

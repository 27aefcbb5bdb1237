FROM debian:12 AS builder
COPY daemon /usr/sbin/daemon
RUN mkdir -p /var/lib/daemon

FROM registry.example/static-glibc:13
COPY --from=builder /usr/sbin/daemon /usr/sbin/daemon
COPY --from=builder --chown=65532:65532 /var/lib/daemon /var/lib/daemon
VOLUME /var/lib/daemon
USER 65532
EXPOSE 53/udp 53
CMD ["/usr/sbin/daemon"]

FROM debian:12
COPY daemon /usr/sbin/daemon
VOLUME /var/lib/daemon
USER 0
EXPOSE 53/udp 53
CMD ["/usr/sbin/daemon"]

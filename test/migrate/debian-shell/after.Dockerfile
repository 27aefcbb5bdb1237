FROM registry.example/debian-base:13_rsync
COPY backup.sh /usr/local/bin/backup.sh
USER 65532
CMD ["/bin/bash", "/usr/local/bin/backup.sh"]

FROM debian:12
RUN apt-get update && apt-get install -y rsync
COPY backup.sh /usr/local/bin/backup.sh
USER root
CMD ["/bin/bash", "/usr/local/bin/backup.sh"]

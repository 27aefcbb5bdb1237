# syntax=docker/dockerfile:1
FROM python:3.12
RUN <<EOF
set -e
apt-get update
apt-get install -y gettext libpq5
useradd --create-home worker
EOF
COPY --chown=worker . /app
WORKDIR /app
USER worker
CMD ["python", "worker.py"]

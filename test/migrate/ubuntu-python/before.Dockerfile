FROM ubuntu:24.04
RUN apt update && apt install -y python3 python3-pip python3-venv
WORKDIR /app
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install flask
COPY . .
CMD ["/opt/venv/bin/python", "app.py"]

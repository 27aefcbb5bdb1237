FROM python:3.12
ARG DEBUG=0
RUN if [ "$DEBUG" = 1 ]; then apt-get update && apt-get install -y gdb strace; fi
COPY app.py .
CMD ["python", "app.py"]

FROM registry.example/python:3.13_gdb
ARG DEBUG=0
COPY app.py .
CMD ["python", "app.py"]

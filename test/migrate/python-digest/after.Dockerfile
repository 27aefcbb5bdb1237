FROM registry.example/python:3.13
COPY app.py /app.py
CMD ["python", "/app.py"]

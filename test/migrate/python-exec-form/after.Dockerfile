FROM registry.example/python:3.13_ffmpeg
COPY app.py /app.py
CMD ["python", "/app.py"]

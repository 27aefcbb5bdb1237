FROM python:3.12-slim
RUN ["apt-get", "update"]
RUN ["apt-get", "install", "-y", "ffmpeg"]
COPY app.py /app.py
CMD ["python", "/app.py"]

FROM registry.access.redhat.com/ubi9/ubi-minimal
RUN microdnf install -y --nodocs --setopt=install_weak_deps=0 python3.12 python3.12-pip && microdnf clean all
WORKDIR /app
COPY . .
RUN pip3.12 install -r requirements.txt
USER 1001
CMD ["python3.12", "app.py"]
